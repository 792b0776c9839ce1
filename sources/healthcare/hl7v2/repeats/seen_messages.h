#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/healthcare/hl7v2/repeats/message_identity.h"
#include "sources/interface/offset.h"

namespace lakeflow::hl7v2 {

// The messages that were read, by their identity: in memory for look-ups, and in the keyed state of one table, in segments of kSegmentMessages
// in the order of reading. A commit writes the segments that it began, and the last one before them once more; no entry is written for each
// message. Remembers the last `most` messages that were not repeats, and up to a sixteenth and two segments more: the oldest segments are forgotten.
//
// In memory a message takes 16 bytes and about 25 more in the table of look-ups; in the state 22 bytes of text.
class SeenMessages {
 public:
  static constexpr std::string_view kKeyPrefix = "seen/";
  static constexpr std::size_t kSegmentMessages = 4096;

  explicit SeenMessages(std::uint64_t most) : most_(most) {}

  // Takes over what a state holds. A user error where an entry is none of these.
  Status load(const StateLookup& state, std::string_view table);

  // Notes (message_identity.h) of a message that was read after all those before.
  std::uint32_t meet(const MessageIdentity& identity);

  // What changed since the last call.
  StateDelta::Entries delta();

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::vector<MessageIdentity> messages;
  };

  void remember(const MessageIdentity& identity);
  void forget_oldest(std::uint64_t kept);
  // False where it was there.
  bool insert(std::uint64_t key);
  void rebuild(std::size_t slots);

  const std::uint64_t most_;
  std::deque<Segment> segments_;
  std::vector<std::uint64_t> slots_;  // a set of both hashes, in open addressing; 0: free
  std::size_t used_ = 0;
  std::uint64_t next_number_ = 1;
  std::uint64_t first_changed_ = UINT64_MAX;  // of the segments, since the last delta()
  std::vector<std::uint64_t> forgotten_;      // likewise
};

}  // namespace lakeflow::hl7v2
