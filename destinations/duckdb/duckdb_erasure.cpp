#include "destinations/duckdb/duckdb_erasure.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "destinations/duckdb/merged_versions.h"
#include "destinations/duckdb/stored_table.h"
#include "destinations/sql/person_condition.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "erasing a person's rows";
constexpr const char* kEvents = "temp.lakeflow_erased_events";

// A table's columns; none where it is not there.
Result<ColumnType> columns_of(Connection& connection, const TableName& table) {
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, kDoing, table));
  if (layout == TableLayout::kNone) return ColumnType();
  return stored_columns(connection, kDoing, quote_table(table));
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
    std::optional<std::string> condition = is_there ? person_condition(table, erasure_, columns) : std::nullopt;
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
    LAKEFLOW_ASSIGN(count.rows, delete_rows(connection_, kDoing, table.table, *condition));
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
    LAKEFLOW_ASSIGN(count.rows,
                    delete_rows(connection_, kDoing, table.table, fmt::format("({}) IN (SELECT * FROM {})", event_columns(table), kEvents)));
    return {};
  }

  Status erase_quarantined() {
    const std::optional<std::string> condition = quarantine_condition(erasure_);
    if (!condition) return {};
    LAKEFLOW_ASSIGN(counts_.quarantined, connection_.change(kDoing, fmt::format("DELETE FROM _lakeflow.quarantine WHERE {}", *condition)));
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
