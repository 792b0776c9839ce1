#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// A listing under way: the resources of the level, by their ids.
struct OrthancListing {
  std::string after;  // the last id that was read
  bool all = false;   // else only those that the table does not have
};

// Where a table of an Orthanc stands.
struct OrthancPosition {
  std::uint64_t since = 0;  // the number of the last change that was read
  // So many instances the server has when all that came up to `since` was read and nothing was deleted meanwhile; nothing where that is not known.
  std::optional<std::uint64_t> instances;
  TimestampMicros read_at = 0;  // the newest time that a record was given
  // Some of the last changes up to `since`, "42:ce42f924": they are in the log still, or the log is another one.
  std::vector<std::string> seen;
  std::optional<OrthancListing> listing;
  std::string fields = {};       // a hash of the attributes that are asked for
  TimestampMicros compared = 0;  // when the table was last compared with all ids

  Offset offset() const;
  // The start where it is empty. A user error where it is none of these.
  static Result<OrthancPosition> parse(const Offset& offset);
  std::string in_words() const;
};

}  // namespace lakeflow
