#include "destinations/sql/person_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    steps.emplace_back(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return steps;
}

// Whether the value, or one of those that lie at the rest of the path, is one of the person's. Nothing where the path leads nowhere.
std::optional<std::string> is_persons(const std::string& value, const ColumnType& type, std::span<const std::string> path,
                                      const std::vector<std::string>& values) {
  if (type.id == DUCKDB_TYPE_LIST) {
    const auto element = is_persons("e", *type.members.front().type, path, values);
    if (!element) return std::nullopt;
    return fmt::format("coalesce(len(list_filter({}, lambda e: {})) > 0, false)", value, *element);
  }
  if (type.id == DUCKDB_TYPE_VARCHAR && !path.empty()) {
    // JSON text: the value lies deeper than the table has columns, so any string in it counts that is one of the person's.
    return fmt::format(
        R"(coalesce(len(list_filter({}, lambda v: contains(replace({}, '\/', '/'), '"' || v || '"') OR contains(replace({}, '\/', '/'), '"' || v || '/'))) > 0, false))",
        text_list(values), value, value);
  }
  if (path.empty()) {
    const std::string text = fmt::format("{}::VARCHAR", value);
    return fmt::format("coalesce(len(list_filter({}, lambda v: {} = v OR starts_with({}, v || '/'))) > 0, false)", text_list(values), text, text);
  }
  const auto member = std::ranges::find(type.members, path.front(), &ColumnType::Member::name);
  if (type.id != DUCKDB_TYPE_STRUCT || member == type.members.end()) return std::nullopt;
  return is_persons(value + "." + quote_identifier(path.front()), *member->type, path.subspan(1), values);
}

bool has_column(const ColumnType& columns, const std::string& name) {
  return std::ranges::find(columns.members, name, &ColumnType::Member::name) != columns.members.end();
}

// Whether bytes hold one of the texts as a word of its own, in any case. DuckDB's text of bytes has \xNN for all that is not printable ASCII: a
// word may begin behind one.
std::string holds_one_of(const std::string& bytes, const std::vector<std::string>& texts) {
  return fmt::format(R"(len(list_filter({}, lambda t:
  regexp_matches({}::VARCHAR, '(^|[^0-9A-Za-z]|\\x[0-9A-F][0-9A-F])' || regexp_escape(encode(t)::VARCHAR) || '($|[^0-9A-Za-z])', 'i'))) > 0)",
                     text_list(texts), bytes);
}

}  // namespace

std::string text_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quote_text(text);
  return "[" + list + "]";
}

std::optional<std::string> person_condition(const ErasedTable& table, const Erasure& erasure, const ColumnType& columns) {
  if (table.subject_field.empty()) return std::nullopt;
  const std::vector<std::string> steps = steps_of(table.subject_field);
  const auto column = std::ranges::find(columns.members, steps.front(), &ColumnType::Member::name);
  if (column == columns.members.end()) return std::nullopt;
  std::optional<std::string> condition =
      is_persons(quote_identifier(steps.front()), *column->type, std::span(steps).subspan(1), table.subject_values);
  // A table that was made before it told of unreadable records does not have the columns yet.
  const bool tells = !table.unread_bytes_field.empty() && has_column(columns, table.unread_bytes_field) &&
                     has_column(columns, table.unread_reason_field) && !erasure.texts.empty();
  if (condition && tells) {
    condition = fmt::format("({} OR ({} IS NOT NULL AND {}))", *condition, quote_identifier(table.unread_reason_field),
                            holds_one_of(quote_identifier(table.unread_bytes_field), erasure.texts));
  }
  return condition;
}

std::string event_columns(const ErasedTable& table) {
  std::string columns = quote_identifier(kSourceFileColumn);
  for (const std::string& field : table.event_fields) columns += ", " + quote_identifier(field);
  return columns;
}

std::optional<std::string> quarantine_condition(const Erasure& erasure) {
  if (erasure.texts.empty()) return std::nullopt;
  return fmt::format("pipeline = {} AND {}", quote_text(erasure.pipeline), holds_one_of("bytes", erasure.texts));
}

}  // namespace lakeflow
