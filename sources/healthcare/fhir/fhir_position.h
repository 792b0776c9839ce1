#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// A pass over everything that changed since a time: from its first request until the server has no more.
struct FhirPass {
  std::optional<TimestampMicros> from;  // the first request's _lastUpdated; nothing: the whole table
  std::optional<TimestampMicros> date;  // the server's clock at the first request
  std::optional<TimestampMicros> high;  // the latest lastUpdated met

  bool operator==(const FhirPass&) const = default;
};

// Where the reading of a type stands; the text of its Offset. Offsets of before there were strategies have neither of `found` and `compared`.
struct FhirPosition {
  // In a pass: everything of before this time was returned. Between passes: so it was, except for what the server shows late.
  std::optional<TimestampMicros> at = {};
  std::optional<FhirPass> pass = {};  // nothing between passes
  std::uint64_t changes = 0;          // SeenVersions::changes()
  // What `strategy: auto` was found to be, at the first read or when that way went away: kHistory or kSearch. Nothing: not asked yet.
  std::optional<FhirStrategy> found = {};
  // When the ids of the table were last compared with those of the server, by the server's clock.
  std::optional<TimestampMicros> compared = {};
  std::string selection = {};  // fhir_selection() of the table

  Offset offset() const;
  // An internal error where the offset is not one of ours.
  static Result<FhirPosition> parse(const Offset& offset);
};

}  // namespace lakeflow
