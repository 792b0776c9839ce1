#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "libs/fhir/bundle.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// Which versions of resources were returned already, as far back as they may be met again. 64-bit hashes of id and versionId (of the whole
// resource where it has no versionId).
class SeenVersions {
 public:
  static std::uint64_t hash_of(const fhir::BundleEntry& entry);

  // Meets a version; whether it is new.
  bool meet(TimestampMicros last_updated, std::uint64_t hash);
  // Versions of before the time can't be met again, if they come in the order of their times.
  void forget_before(TimestampMicros time);
  // The same for any order.
  void forget_all_before(TimestampMicros time);
  // After a pass over all that may be met: what came with the offset and was not met is gone from the server.
  void forget_unmet() { unmet_.clear(); }

  // Whether text() holds all that is known.
  bool fits() const { return met_.size() + unmet_.size() <= kKept; }
  // Base64, empty for none. Of the newest kKept versions where there are more: one that is forgotten is returned twice, and changes nothing by it.
  std::string text() const;
  static Result<SeenVersions> parse(std::string_view text);

  static constexpr std::size_t kKept = 4000;  // 43 KB of an offset's 64

 private:
  static constexpr std::size_t kKnown = 1'000'000;

  std::set<std::uint64_t> unmet_;  // from an offset; their times are not known
  std::unordered_set<std::uint64_t> met_;
  std::deque<std::pair<TimestampMicros, std::uint64_t>> order_;  // those of met_ as they came
};

// A pass over everything that changed since a time: from its first request until the server has no more.
struct FhirPass {
  std::optional<TimestampMicros> from;  // the first request's _lastUpdated; nothing: the whole table
  std::optional<TimestampMicros> date;  // the server's clock at the first request
  std::optional<TimestampMicros> high;  // the latest lastUpdated met

  bool operator==(const FhirPass&) const = default;
};

// Where the reading of a type by search stands; the text of its Offset.
struct FhirPosition {
  // In a pass: everything of before this time was returned. Between passes: so it was, except for what the server shows late.
  std::optional<TimestampMicros> at;
  std::optional<FhirPass> pass;  // nothing between passes
  SeenVersions seen;

  Offset offset() const;
  // An internal error where the offset is not one of ours.
  static Result<FhirPosition> parse(const Offset& offset);
};

}  // namespace lakeflow
