#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sources/rest/rest_request.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// A cursor's value: microseconds since 1970 for times, else the number itself.
using CursorValue = std::int64_t;

// From a record's value as it stands in the JSON; nothing where it is none of this form (null, a text that is no time, a time beyond the year 9999).
std::optional<CursorValue> parse_cursor(RestCursor::Form form, std::string_view json_value);

// The step that the filter can tell apart: a second, a day, one.
CursorValue filter_unit(const RestCursor& cursor);

// The filter's parameter that asks for what is at this value or later; rounded down to a whole unit.
std::string filter_value(const RestCursor& cursor, CursorValue value);

// The same as a parameter of a request, a number where it is one; and what is asked for where nothing was read yet (`first`).
RestParameter filter_parameter(const RestCursor& cursor, CursorValue value);
RestParameter first_parameter(const RestCursor& cursor);

// As an offset has it and people read it: "2024-05-01T12:30:00Z", "4711".
std::string cursor_text(RestCursor::Form form, CursorValue value);
std::optional<CursorValue> parse_cursor_text(RestCursor::Form form, std::string_view text);

}  // namespace lakeflow
