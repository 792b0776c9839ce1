#include "sources/rest/rest_parent_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json_text.h"
#include "libs/http/url.h"

namespace lakeflow {
namespace {

bool is_column_of_parent(const RestTable& table, std::string_view column) {
  return std::ranges::find(table.parent->columns, column, &std::pair<std::string, std::string>::first) != table.parent->columns.end();
}

void append_member(std::string& object, std::string_view name, std::string_view json) {
  object += object.empty() || object == "{" ? "" : ",";
  append_json_string(object, name);
  object += ':';
  object += json;
}

// As a part of a path: dots alone would lead elsewhere.
bool can_stand_in_path(std::string_view json) {
  const std::string text = plain_text(json);
  const bool is_structured = json.starts_with('{') || json.starts_with('[');
  return json != "null" && !is_structured && !text.empty() && text != "." && text != "..";
}

}  // namespace

std::vector<std::string> names_in_path(std::string_view path) {
  std::vector<std::string> names;
  for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{')) {
    const std::size_t close = std::min(path.find('}', open), path.size());
    names.emplace_back(path.substr(open + 1, close - open - 1));
    path.remove_prefix(close);
  }
  return names;
}

Result<RestParentRecord> parent_record(JsonReader& json, const RestTable& table, std::string_view record) {
  const std::vector<std::string> in_path = names_in_path(table.list.path);
  RestParentRecord parent;
  for (const auto& [column, member] : table.parent->columns) {
    LAKEFLOW_ASSIGN(const auto value, json.find(record, member));
    if (std::ranges::find(in_path, column) != in_path.end() && (!value || !can_stand_in_path(*value))) {
      return std::unexpected(Error::source(
          fmt::format("a record of table {} has no {} that can stand in the path {}", table.parent->table, member, table.list.path),
          fmt::format("which member of {} is {}? parent.columns of table {} says so (rest_table.h)", table.parent->table, column, table.name)));
    }
    parent.values.emplace_back(value.value_or("null"));
  }
  return parent;
}

std::string path_below(const RestTable& table, const RestParentRecord& parent) {
  std::string path = table.list.path;
  for (std::size_t i = 0; i < parent.values.size(); ++i) {
    const std::string name = fmt::format("{{{}}}", table.parent->columns[i].first);
    if (const std::size_t at = path.find(name); at != std::string::npos) {
      path.replace(at, name.size(), percent_encode(plain_text(parent.values[i])));
    }
  }
  return path;
}

Result<std::string> row_below(JsonReader& json, const RestTable& table, const RestParentRecord& parent, std::string_view record) {
  std::string row = "{";
  for (std::size_t i = 0; i < parent.values.size(); ++i) {
    const std::string& column = table.parent->columns[i].first;
    LAKEFLOW_ASSIGN(const auto own, json.find(record, column));
    if (own && plain_text(*own) != plain_text(parent.values[i])) {
      return std::unexpected(Error::internal(
          fmt::format("the description of table {}: its column {} is the {} of {}, and a record of its list has a {} of its own that differs",
                      table.name, column, table.parent->columns[i].second, table.parent->table, column),
          "is it the right member of the parent (parent.columns)? Else give the column a name that the list's records do not have"));
    }
    if (!own) {
      append_member(row, column, parent.values[i]);
    }
  }
  const std::string_view members = record.substr(record.find('{') + 1);
  const bool has_none = members.substr(members.find_first_not_of(" \t\r\n")).starts_with('}');
  row += row == "{" || has_none ? "" : ",";
  row += members;
  return row;
}

Result<std::optional<std::string>> own_key_below(JsonReader& json, const RestTable& table, std::string_view record) {
  std::string key;
  for (const std::string& column : own_keys(table)) {
    LAKEFLOW_ASSIGN(const auto value, json.find(record, column));
    if (!value || *value == "null") {
      return std::nullopt;
    }
    append_member(key, column, *value);
  }
  return std::optional(std::move(key));
}

std::string deletion_below(const RestTable& table, const RestParentRecord& parent, std::string_view own_key) {
  std::string row = "{";
  for (std::size_t i = 0; i < parent.values.size(); ++i) {
    append_member(row, table.parent->columns[i].first, parent.values[i]);
  }
  row += ',';
  row += own_key;
  return row + '}';
}

Result<bool> is_marked_deleted(JsonReader& json, const RestTable& table, std::string_view record) {
  if (table.deleted_if.empty()) {
    return false;
  }
  LAKEFLOW_ASSIGN(const auto mark, json.find(record, table.deleted_if));
  return mark && *mark != "null" && *mark != "false";
}

Error nobody_below(const RestTable& table, std::uint64_t parents) {
  return Error::source(fmt::format("{} is not there below any of {} records of table {} (404)", table.list.path, parents, table.parent->table),
                       "do path and parent.columns of its description hold: which member of the parent stands in the path?");
}

std::vector<std::string> own_keys(const RestTable& table) {
  std::vector<std::string> own;
  std::ranges::copy_if(table.primary_keys, std::back_inserter(own), [&](const std::string& key) { return !is_column_of_parent(table, key); });
  return own;
}

}  // namespace lakeflow
