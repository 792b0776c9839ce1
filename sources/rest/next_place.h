#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "sources/rest/json_reader.h"

namespace lakeflow {

// Where an answer has what its next page is asked for by. Beyond other places (rest_table.h) it may choose one of a list of objects:
// "link[relation=next].url" is the url of that object of the list `link` whose relation is "next", as FHIR's Bundle has it.

bool is_next_place(std::string_view place);

// What a next page can be asked for by: a query takes a text or a number, a body of JSON a list or an object, too (search_after).
enum class NextValue : std::uint8_t { kText, kAnyJson };

// The value's text, as JsonReader::find gives it; nothing where there is none. A source error where the answer leaves open what is meant: two objects
// of the list are such, or a list stands where the place chooses none. Taking one of them, or none, would lose pages.
Result<std::optional<std::string_view>> find_next(JsonReader& json, std::string_view answer, std::string_view place,
                                                  NextValue takes = NextValue::kText);

}  // namespace lakeflow
