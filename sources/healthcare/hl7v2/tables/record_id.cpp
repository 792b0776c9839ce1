#include "sources/healthcare/hl7v2/tables/record_id.h"

#include <xxhash.h>

namespace lakeflow::hl7v2 {

RecordId::RecordId(std::string_view path) {
  const XXH128_hash_t hash = XXH3_128bits(path.data(), path.size());
  path_low_ = hash.low64;
  path_high_ = hash.high64;
}

RecordId::Text RecordId::text(std::uint64_t position, std::uint64_t segment) const {
  const std::uint64_t parts[] = {path_low_, path_high_, position, segment};
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, XXH3_128bits(parts, sizeof parts));
  Text text{};
  for (std::size_t i = 0; i < sizeof bytes.digest; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text[2 * i] = kDigits[bytes.digest[i] >> 4U];
    text[2 * i + 1] = kDigits[bytes.digest[i] & 0xFU];
  }
  return text;
}

}  // namespace lakeflow::hl7v2
