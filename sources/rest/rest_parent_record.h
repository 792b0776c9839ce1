#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/rest/json_reader.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// What the list below a parent needs of the parent's record: the values of RestParent::columns, in their order, as JSON.
struct RestParentRecord {
  std::vector<std::string> values;
};

// The names in braces in a path: "order_id" of /orders/{order_id}/items.
std::vector<std::string> names_in_path(std::string_view path);

// Of a parent's record. A source error that names the member where one is missing that has its place in the path.
Result<RestParentRecord> parent_record(JsonReader& json, const RestTable& table, std::string_view record);

// The path of the table's list below this parent.
std::string path_below(const RestTable& table, const RestParentRecord& parent);

// A row of the table: the parent's columns, and behind them the members of a record of the list below it. An internal error where the record has a
// member of a column's name with another value: one of both would be lost.
Result<std::string> row_below(JsonReader& json, const RestTable& table, const RestParentRecord& parent, std::string_view record);

// The columns of the table's key that are not the parent's, of a record below it, as they stand in a JSON object: "\"id\":3,\"line\":1". Nothing
// where one is missing.
Result<std::optional<std::string>> own_key_below(JsonReader& json, const RestTable& table, std::string_view record);

// What tells of a row by its key alone: the parent's columns, and such a key.
std::string deletion_below(const RestTable& table, const RestParentRecord& parent, std::string_view own_key);

// Whether a record is one that tells of its deletion (RestTable::deleted_if).
Result<bool> is_marked_deleted(JsonReader& json, const RestTable& table, std::string_view record);

// The source error of a table below whose parents no list was found at all.
Error nobody_below(const RestTable& table, std::uint64_t parents);

// The columns of the key that are the list's own.
std::vector<std::string> own_keys(const RestTable& table);

}  // namespace lakeflow
