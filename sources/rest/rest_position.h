#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "sources/interface/offset.h"
#include "sources/rest/cursor_value.h"

namespace lakeflow {

// Where a table with a cursor was read up to. As an offset: {"read_up_to":"2024-05-01T12:30:00Z","changes":3}.
struct RestPosition {
  std::optional<CursorValue> read_up_to;  // all that is earlier was returned; nothing where there was no record yet
  std::uint64_t changes = 0;              // of the keyed state

  Offset offset(RestCursor::Form form) const;
  // An internal error where it is none.
  static Result<RestPosition> parse(const Offset& offset, RestCursor::Form form);
};

}  // namespace lakeflow
