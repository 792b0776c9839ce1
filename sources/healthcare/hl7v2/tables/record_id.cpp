#include "sources/healthcare/hl7v2/tables/record_id.h"

#include <array>
#include <cstring>
#include <string_view>

// A key is hashed for every row: the call would cost more than the hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lakeflow::hl7v2 {
namespace {

// Of each byte its two hexadecimal digits.
constexpr auto kDigitPairs = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {kDigits[i / 16], kDigits[i % 16]};
  }
  return pairs;
}();

}  // namespace

RecordId::RecordId(std::string_view file) {
  const XXH128_hash_t hash = XXH3_128bits(file.data(), file.size());
  path_low_ = hash.low64;
  path_high_ = hash.high64;
}

void RecordId::write(std::uint64_t position, std::uint64_t segment, char* text) const {
  const std::uint64_t parts[] = {path_low_, path_high_, position, segment};
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, XXH3_128bits(parts, sizeof parts));
  for (std::size_t i = 0; i < sizeof bytes.digest; ++i) {
    std::memcpy(text + 2 * i, kDigitPairs[bytes.digest[i]].data(), 2);
  }
}

}  // namespace lakeflow::hl7v2
