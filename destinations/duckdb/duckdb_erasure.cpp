#include "destinations/duckdb/duckdb_erasure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <span>

#include "destinations/duckdb/column_type.h"
#include "destinations/duckdb/merged_versions.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "erasing a person's rows";
constexpr const char* kEvents = "temp.lakeflow_erased_events";

std::string text_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quote_text(text);
  return "[" + list + "]";
}

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
  if (path.empty()) {
    const std::string text = fmt::format("{}::VARCHAR", value);
    return fmt::format("coalesce(len(list_filter({}, lambda v: {} = v OR starts_with({}, v || '/'))) > 0, false)", text_list(values), text, text);
  }
  const auto member = std::ranges::find(type.members, path.front(), &ColumnType::Member::name);
  if (type.id != DUCKDB_TYPE_STRUCT || member == type.members.end()) return std::nullopt;
  return is_persons(value + "." + quote_identifier(path.front()), *member->type, path.subspan(1), values);
}

// A table's columns; empty where it is not there.
Result<ColumnType> columns_of(Connection& connection, const TableName& table) {
  ColumnType row;
  row.id = DUCKDB_TYPE_STRUCT;
  const Parameter names[] = {std::string_view(table.schema), std::string_view(table.table)};
  LAKEFLOW_ASSIGN(const std::int64_t found,
                  connection.integer(kDoing,
                                     "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = $1 AND "
                                     "table_name = $2",
                                     names));
  if (found == 0) return row;
  LAKEFLOW_ASSIGN(ResultRows rows, connection.query(kDoing, fmt::format("SELECT * FROM {} LIMIT 0", quote_table(table))));
  for (std::size_t i = 0; i < rows.columns(); ++i) {
    const LogicalType type(duckdb_column_logical_type(&rows.handle(), i));
    row.members.push_back({duckdb_column_name(&rows.handle(), i), std::make_unique<ColumnType>(ColumnType::from_duckdb(type.handle()))});
  }
  return row;
}

// The columns that name an event, quoted.
std::string event_columns(const ErasedTable& table) {
  std::string columns = quote_identifier(kSourceFileColumn);
  for (const std::string& field : table.event_fields) columns += ", " + quote_identifier(field);
  return columns;
}

class Eraser {
 public:
  Eraser(Connection& connection, const Erasure& erasure) : connection_(connection), erasure_(erasure) {}

  Result<ErasureCounts> erase() {
    for (const ErasedTable& table : erasure_.tables) {
      LAKEFLOW_TRY(look_at(table));
    }
    // Events first: rows that name nobody follow those that do.
    for (std::size_t i = 0; i < erasure_.tables.size(); ++i) {
      LAKEFLOW_TRY(erase_by_subject(erasure_.tables[i], found_[i], counts_.tables[i]));
    }
    for (std::size_t i = 0; i < erasure_.tables.size(); ++i) {
      LAKEFLOW_TRY(erase_by_event(erasure_.tables[i], counts_.tables[i]));
    }
    if (has_events_) LAKEFLOW_TRY(connection_.execute(kDoing, fmt::format("DROP TABLE {}", kEvents)));
    LAKEFLOW_TRY(erase_quarantined());
    return std::move(counts_);
  }

 private:
  Status look_at(const ErasedTable& table) {
    LAKEFLOW_ASSIGN(ColumnType columns, columns_of(connection_, table.table));
    const bool is_there = !columns.members.empty();
    std::optional<std::string> condition;
    if (is_there && !table.subject_field.empty()) {
      const std::vector<std::string> steps = steps_of(table.subject_field);
      const auto column = std::ranges::find(columns.members, steps.front(), &ColumnType::Member::name);
      if (column != columns.members.end()) {
        condition = is_persons(quote_identifier(steps.front()), *column->type, std::span(steps).subspan(1), table.subject_values);
      }
    }
    counts_.tables.push_back({.table = table.table, .is_there = is_there, .is_reachable = condition.has_value(), .rows = 0});
    found_.push_back(std::move(condition));
    return {};
  }

  Status erase_by_subject(const ErasedTable& table, const std::optional<std::string>& condition, ErasureCounts::Table& count) {
    if (!condition) return {};
    if (!table.event_fields.empty()) {
      const std::string events = fmt::format("SELECT DISTINCT {} FROM {} WHERE {}", event_columns(table), quote_table(table.table), *condition);
      LAKEFLOW_TRY(connection_.execute(kDoing, has_events_ ? fmt::format("INSERT INTO {} {}", kEvents, events)
                                                           : fmt::format("CREATE TEMP TABLE lakeflow_erased_events AS {}", events)));
      has_events_ = true;
    }
    LAKEFLOW_ASSIGN(count.rows, connection_.change(kDoing, fmt::format("DELETE FROM {} WHERE {}", quote_table(table.table), *condition)));
    LAKEFLOW_ASSIGN(const std::uint64_t merged, erase_merged_versions(connection_, table.table, *condition));
    count.rows += merged;
    const std::string name = table.table.text();
    const Parameter destination[] = {std::string_view(name)};
    LAKEFLOW_ASSIGN(const std::uint64_t tombstones,
                    connection_.change(kDoing,
                                       fmt::format("DELETE FROM _lakeflow.tombstones WHERE destination_table = $1 AND list_has_any(key, {})",
                                                   text_list(table.subject_values)),
                                       destination));
    counts_.tombstones += tombstones;
    return {};
  }

  Status erase_by_event(const ErasedTable& table, ErasureCounts::Table& count) {
    if (!count.is_there || count.is_reachable || table.event_fields.empty()) return {};
    // Whether another table could have told, and not whether it did.
    count.is_reachable = has_events_;
    if (!has_events_) return {};
    LAKEFLOW_ASSIGN(count.rows, connection_.change(kDoing, fmt::format("DELETE FROM {} WHERE ({}) IN (SELECT * FROM {})", quote_table(table.table),
                                                                       event_columns(table), kEvents)));
    return {};
  }

  // DuckDB's text of bytes has \xNN for all that is not printable ASCII: a word may begin behind one.
  Status erase_quarantined() {
    if (erasure_.texts.empty()) return {};
    const Parameter pipeline[] = {std::string_view(erasure_.pipeline)};
    LAKEFLOW_ASSIGN(counts_.quarantined,
                    connection_.change(kDoing,
                                       fmt::format(R"(DELETE FROM _lakeflow.quarantine WHERE pipeline = $1 AND len(list_filter({}, lambda t:
  regexp_matches(bytes::VARCHAR, '(^|[^0-9A-Za-z]|\\x[0-9A-F][0-9A-F])' || regexp_escape(encode(t)::VARCHAR) || '($|[^0-9A-Za-z])', 'i'))) > 0)",
                                                   text_list(erasure_.texts)),
                                       pipeline));
    return {};
  }

  Connection& connection_;
  const Erasure& erasure_;
  ErasureCounts counts_;
  std::vector<std::optional<std::string>> found_;  // of each table the condition for the person's rows
  bool has_events_ = false;
};

}  // namespace

Result<ErasureCounts> erase_rows(Connection& connection, const Erasure& erasure) { return Eraser(connection, erasure).erase(); }

Status insert_erasure(Connection& connection, const ErasureRecord& record) {
  const Parameter line[] = {Timestamp{now_micros()}, std::string_view(record.erased_by), std::string_view(record.pipeline),
                            std::string_view(record.reason), std::string_view(record.receipt)};
  return connection.execute(kDoing, "INSERT INTO _lakeflow.erasures VALUES ($1, $2, $3, $4, $5)", line);
}

}  // namespace lakeflow
