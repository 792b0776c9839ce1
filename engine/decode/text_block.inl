// Included once for each set of vector instructions, inside a source that Highway includes again and again: hence no
// guard. What looks at a block of bytes of JSON text at once.

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 32>;
using SignedBytes = hn::RebindToSigned<Bytes>;
constexpr std::size_t kBlock = hn::MaxLanes(Bytes());

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

// How many bytes of the block are plain text of a string: no quote, no backslash, no control character and, where
// kAsciiOnly, nothing beyond ASCII. kBlock where all are.
template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(hn::VFromD<Bytes> block) {
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
  const auto first = hn::FindFirstTrue(d, special);
  return first < 0 ? kBlock : static_cast<std::size_t>(first);
}

template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(const char* p) {
  return plain_prefix<kAsciiOnly>(hn::LoadU(Bytes(), bytes_of(p)));
}

// The same, and copies the whole block to `out`.
template <bool kAsciiOnly>
HWY_INLINE std::size_t copy_plain_prefix(const char* p, std::uint8_t* out) {
  const Bytes d;
  const auto block = hn::LoadU(d, bytes_of(p));
  hn::StoreU(block, d, out);
  return plain_prefix<kAsciiOnly>(block);
}

// Whether the first `length` bytes at `p` (32 at most) are those of `key_start`.
HWY_INLINE bool starts_with(const char* p, const std::uint8_t* key_start, std::size_t length) {
  const Bytes d;
  std::uint32_t equal = 0;
  for (std::size_t i = 0; i < 32; i += kBlock) {
    const auto same = hn::Eq(hn::LoadU(d, bytes_of(p) + i), hn::LoadU(d, key_start + i));
    std::uint32_t part = 0;
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(d, same, bits);
    std::memcpy(&part, bits, sizeof part);
    equal |= part << i;
  }
  return static_cast<std::size_t>(std::countr_one(equal)) >= length;
}

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
