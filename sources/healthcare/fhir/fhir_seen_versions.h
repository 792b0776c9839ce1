#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/clock.h"
#include "base/error.h"
#include "libs/fhir/bundle.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// Which versions of resources a table's reads returned, as far back as they may be met again: 64-bit hashes of id and versionId (of the whole
// resource where it has no versionId), with their lastUpdated.
//
// They are kept in the table's keyed state, in segments "seen/00000012" of up to kSegment versions. A commit adds what is new and removes the
// segments of which nothing is left to remember, so what it writes is in proportion to what it brings, and the whole to the look-back window.
class SeenVersions {
 public:
  static std::uint64_t hash_of(const fhir::BundleEntry& entry);

  // What the reads before remembered. `changes` is changes() of then. An internal error where the state is none of ours.
  Status load(const StateLookup& state, std::uint64_t changes);

  bool knows(std::uint64_t hash) const { return known_.contains(hash); }
  // Meets a version; whether it is new.
  bool meet(TimestampMicros last_updated, std::uint64_t hash);
  // Versions of before the time can't be met again, if they came in the order of their times.
  void forget_before(TimestampMicros time);
  // The same for any order.
  void forget_all_before(TimestampMicros time);

  // Counts the changes of the keyed state, that of the next delta() included: for the offset that goes with it.
  std::uint64_t changes() const { return changes_ + (has_changed_ ? 1 : 0); }
  // What changed since the last call.
  StateDelta delta();

  // What is remembered as one text, for who keeps it by himself; empty where there is nothing. parse() gives nothing where it is none.
  std::string text() const;
  static std::optional<SeenVersions> parse(std::string_view text);

  // Whether more were met than can be remembered: the earliest of them are returned again where they are met again.
  bool overflowed() const { return has_overflowed_; }

  static constexpr std::string_view kKeyPrefix = "seen/";
  static constexpr std::size_t kMost = 1'000'000;
  static constexpr std::size_t kSegment = 16'384;

 private:
  struct Version {
    TimestampMicros last_updated;
    std::uint64_t hash;
    std::uint64_t segment;  // 0: in none yet
  };
  struct Segment {
    std::size_t stored = 0;
    std::size_t remembered = 0;  // of those
  };
  void forget(const Version& version);

  std::unordered_set<std::uint64_t> known_;
  std::deque<Version> versions_;  // as they came; those of no segment last
  std::map<std::uint64_t, Segment> segments_;
  std::uint64_t next_segment_ = 1;
  std::uint64_t changes_ = 0;
  bool has_changed_ = false;
  bool has_overflowed_ = false;
};

}  // namespace lakeflow
