#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "sources/interface/offset.h"

namespace lakeflow {

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
  std::uint64_t changes = 0;     // SeenVersions::changes()

  Offset offset() const;
  // An internal error where the offset is not one of ours.
  static Result<FhirPosition> parse(const Offset& offset);
};

}  // namespace lakeflow
