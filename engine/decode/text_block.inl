// Included once for each set of vector instructions, inside a source that Highway includes again and again: hence no
// guard. What looks at a block of bytes of JSON text at once.

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 32>;
using Block = hn::VFromD<Bytes>;
constexpr std::size_t kBlock = hn::MaxLanes(Bytes());
constexpr std::size_t kCopied = 64;  // of a string at once: most strings of real records end in them

HWY_INLINE const std::uint8_t* bytes_of(const char* p) { return reinterpret_cast<const std::uint8_t*>(p); }

template <class D>
HWY_INLINE auto quotes(D d, hn::VFromD<D> block) {
  return hn::Eq(block, hn::Set(d, '"'));
}

// The bytes of the block that no string holds as they are: backslash, control characters and, where kAsciiOnly, what is beyond ASCII.
template <bool kAsciiOnly, class D>
HWY_INLINE auto not_plain(D d, hn::VFromD<D> block) {
  const auto spaces = hn::Set(d, ' ');
  const auto backslashes = hn::Eq(block, hn::Set(d, '\\'));
  if constexpr (kAsciiOnly) {
    // As signed numbers, control characters and what is beyond ASCII are both below the space.
    const hn::RebindToSigned<D> ds;
    return hn::Or(backslashes, hn::RebindMask(d, hn::Lt(hn::BitCast(ds, block), hn::BitCast(ds, spaces))));
  } else {
    return hn::Or(backslashes, hn::Lt(block, spaces));
  }
}

// A bit for each byte of a block (64 at most).
template <class D, class Mask>
HWY_INLINE std::uint64_t mask_bits(D d, Mask mask) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

// How many bytes of the block are plain text; kBlock where all are.
template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(Block block) {
  const auto first = hn::FindFirstTrue(Bytes(), hn::Or(quotes(Bytes(), block), not_plain<kAsciiOnly>(Bytes(), block)));
  return first < 0 ? kBlock : static_cast<std::size_t>(first);
}

template <bool kAsciiOnly>
HWY_INLINE std::size_t plain_prefix(const char* p) {
  return plain_prefix<kAsciiOnly>(hn::LoadU(Bytes(), bytes_of(p)));
}

// Copies kCopied bytes to `out`. `size` becomes where the string's quote stands in them, kCopied where none does; true where it stands there and
// all before it is plain text. The quote is looked for by itself: where a value ends is what the next one waits for, what it is made of is not.
HWY_INLINE bool copy_to_quote(const char* p, std::uint8_t* out, std::size_t& size) {
  using Wide = hn::CappedTag<std::uint8_t, kCopied>;
  constexpr std::size_t kWide = hn::MaxLanes(Wide());
  std::uint64_t ends = 0;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < kCopied; i += kWide) {
    const auto block = hn::LoadU(Wide(), bytes_of(p) + i);
    hn::StoreU(block, Wide(), out + i);
    ends |= mask_bits(Wide(), quotes(Wide(), block)) << i;
    others |= mask_bits(Wide(), not_plain<true>(Wide(), block)) << i;
  }
  size = static_cast<std::size_t>(std::countr_zero(ends));
  const std::uint64_t special = ends | others;
  return (special & (~special + 1) & ends) != 0;  // the first of them is the quote
}

// A bit for each of the 32 bytes at `p` that is the one of `key`.
HWY_INLINE std::uint32_t equal_bytes(const char* p, const std::uint8_t* key) {
  const Bytes d;
  std::uint32_t equal = 0;
  for (std::size_t i = 0; i < 32; i += kBlock) {
    equal |= static_cast<std::uint32_t>(mask_bits(d, hn::Eq(hn::LoadU(d, bytes_of(p) + i), hn::LoadU(d, key + i)))) << i;
  }
  return equal;
}

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
