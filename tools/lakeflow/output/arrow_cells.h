#pragma once

#include <cstdint>
#include <string>

namespace arrow {
class Array;
class DataType;
}  // namespace arrow

namespace lakeflow {

// Appends the value as JSON: numbers with all of their digits (decimals too), dates and times as ISO 8601 text (a timestamp
// with a zone in UTC, with Z), binary as base64, lists as arrays, structs as objects, maps as objects where their keys are
// texts and as arrays of {"key", "value"} otherwise; not-a-number and infinities, which JSON lacks, as texts.
enum class NullMembers { kShown, kLeftOut };  // of structs: wide ones have many
void append_json_value(std::string& out, const arrow::Array& array, std::int64_t row, NullMembers null_members = NullMembers::kShown);

// The value as a cell: texts without quotes, nested values as JSON. Null has no text: ask IsNull before.
std::string cell_text(const arrow::Array& array, std::int64_t row, NullMembers null_members = NullMembers::kShown);

// Whether values of the type stand at the right of their column: numbers do.
bool aligns_right(const arrow::DataType& type);

}  // namespace lakeflow
