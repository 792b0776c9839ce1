#include "sources/healthcare/hl7v2/repeats/message_identity.h"

#include <algorithm>
#include <array>

#include <xxhash.h>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::size_t kLastField = 10;

// The fields 2 to 10 of a header, by their number; empty where there is none.
std::array<std::string_view, kLastField + 1> header_fields(std::string_view header) {
  std::array<std::string_view, kLastField + 1> fields;
  constexpr std::size_t kNameBytes = 3;
  const char separator = header.size() > kNameBytes ? header[kNameBytes] : '|';
  header.remove_prefix(std::min(kNameBytes + 1, header.size()));
  for (std::size_t number = 2; number <= kLastField; ++number) {
    const std::size_t end = std::min(header.find(separator), header.size());
    fields[number] = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return fields;
}

// 0 says that there is none.
std::uint64_t never_none(std::uint64_t hash) { return std::max<std::uint64_t>(hash, 1); }

}  // namespace

MessageIdentity MessageIdentity::of(std::string_view message) {
  MessageIdentity identity{.content = never_none(XXH3_64bits(message.data(), message.size())), .sender_and_id = 0};
  const auto fields = header_fields(message.substr(0, message.find_first_of("\r\n")));
  if (!fields[10].empty()) {
    const auto hash = [](std::string_view field) { return XXH3_64bits(field.data(), field.size()); };
    const std::uint64_t parts[] = {hash(fields[3]), hash(fields[4]), hash(fields[10])};
    identity.sender_and_id = never_none(XXH3_64bits(parts, sizeof parts));
  }
  return identity;
}

}  // namespace lakeflow::hl7v2
