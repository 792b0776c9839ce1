// Included once for each set of vector instructions, inside a source that Highway includes again and again: hence no
// guard. What looks at a block of bytes of JSON text at once.

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 32>;
using SignedBytes = hn::RebindToSigned<Bytes>;
using Block = hn::VFromD<Bytes>;
using BlockMask = decltype(hn::Eq(Block(), Block()));
constexpr std::size_t kBlock = hn::MaxLanes(Bytes());
constexpr std::size_t kTwoBlocks = 64;

constexpr std::array<std::uint8_t, 32> filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return bytes;
}

HWY_INLINE const std::uint8_t* bytes_of(const char* p) { return reinterpret_cast<const std::uint8_t*>(p); }

// Loaded rather than made where they are used: the compiler would make them anew for every string.
alignas(32) constexpr std::array<std::uint8_t, 32> kQuotes = filled('"');
alignas(32) constexpr std::array<std::uint8_t, 32> kBackslashes = filled('\\');
alignas(32) constexpr std::array<std::uint8_t, 32> kLastControls = filled(0x1F);

// The bytes of the block that are no plain text of a string: quote, backslash, control characters and, where kAsciiOnly,
// what is beyond ASCII.
template <bool kAsciiOnly>
HWY_INLINE BlockMask special_bytes(Block block) {
  const Bytes d;
  const SignedBytes ds;
  const auto controls = hn::Load(d, kLastControls.data());
  auto special = hn::Or(hn::Eq(block, hn::Load(d, kQuotes.data())), hn::Eq(block, hn::Load(d, kBackslashes.data())));
  if constexpr (kAsciiOnly) {
    // As signed numbers, control characters and what is beyond ASCII are both at most the last control character.
    special = hn::Or(special, hn::Not(hn::RebindMask(d, hn::Gt(hn::BitCast(ds, block), hn::BitCast(ds, controls)))));
  } else {
    special = hn::Or(special, hn::Eq(hn::Min(block, controls), block));
  }
  return special;
}

// A bit for each byte of a block (32 at most).
HWY_INLINE std::uint32_t mask_bits(BlockMask mask) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(Bytes(), mask, bytes);
  std::uint32_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

// How many bytes of the block are plain text; kBlock where all are.
template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(Block block) {
  const auto first = hn::FindFirstTrue(Bytes(), special_bytes<kAsciiOnly>(block));
  return first < 0 ? kBlock : static_cast<std::size_t>(first);
}

template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(const char* p) {
  return plain_prefix<kAsciiOnly>(hn::LoadU(Bytes(), bytes_of(p)));
}

// The same of two blocks, both copied to `out`: most strings of real records end in them, and finding where takes no
// branch that depends on how long they are.
HWY_INLINE std::size_t copy_plain_prefix(const char* p, std::uint8_t* out) {
  const Bytes d;
  if constexpr (kBlock < 32) {
    for (std::size_t i = 0; i < kTwoBlocks; i += kBlock) {
      const auto block = hn::LoadU(d, bytes_of(p) + i);
      hn::StoreU(block, d, out + i);
      if (const std::size_t size = plain_prefix<true>(block); size < kBlock) {
        return i + size;
      }
    }
    return kTwoBlocks;
  } else {
    const auto first = hn::LoadU(d, bytes_of(p));
    const auto second = hn::LoadU(d, bytes_of(p) + kBlock);
    hn::StoreU(first, d, out);
    hn::StoreU(second, d, out + kBlock);
    const std::uint64_t special = std::uint64_t{mask_bits(special_bytes<true>(first))} | std::uint64_t{mask_bits(special_bytes<true>(second))} << 32U;
    return static_cast<std::size_t>(std::countr_zero(special));
  }
}

// Whether the first `length` bytes at `p` (32 at most) are those of `key_start`.
HWY_INLINE bool starts_with(const char* p, const std::uint8_t* key_start, std::size_t length) {
  const Bytes d;
  std::uint32_t equal = 0;
  for (std::size_t i = 0; i < 32; i += kBlock) {
    equal |= mask_bits(hn::Eq(hn::LoadU(d, bytes_of(p) + i), hn::LoadU(d, key_start + i))) << i;
  }
  return static_cast<std::size_t>(std::countr_one(equal)) >= length;
}

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
