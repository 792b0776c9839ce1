#pragma once

#include <cstdint>
#include <string_view>

namespace lakeflow::hl7v2 {

// By what a message is known again. Both are 64-bit hashes: of a million messages two different ones share one with a probability
// of 3 in 100 million.
struct MessageIdentity {
  std::uint64_t content = 0;  // of its bytes
  // Of MSH-3, MSH-4 and MSH-10, as they were sent: an id is unique only together with its sender. 0 where MSH-10 is empty.
  std::uint64_t sender_and_id = 0;

  // `message` begins with its header.
  static MessageIdentity of(std::string_view message);
};

// What was found out about a message while it was read (RawRecord::note).
inline constexpr std::uint32_t kIsCompared = 1;       // else nothing is known of the others
inline constexpr std::uint32_t kIsRepeated = 2;       // the same bytes were read before
inline constexpr std::uint32_t kReusesControlId = 4;  // the same sender and id were read before, with other bytes; not together with kIsRepeated

}  // namespace lakeflow::hl7v2
