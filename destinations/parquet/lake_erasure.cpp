#include "destinations/parquet/lake_erasure.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "destinations/parquet/lake_rows.h"
#include "destinations/parquet/parquet_file.h"
#include "destinations/parquet/partition.h"
#include "destinations/parquet/system_tables.h"
#include "destinations/parquet/table_schema.h"
#include "destinations/sql/connection.h"
#include "destinations/sql/person_condition.h"
#include "destinations/sql/row_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "erasing a person's rows";
constexpr const char* kEvents = "lakeflow_erased_events";

using RowNumbers = std::vector<std::int64_t>;  // ascending, from 0

std::uint64_t count(const std::map<std::string, RowNumbers>& places) {
  std::uint64_t rows = 0;
  for (const auto& [file, numbers] : places) rows += numbers.size();
  return rows;
}

class Eraser {
 public:
  Eraser(Lake& lake, const Erasure& erasure, Connection connection)
      : lake_(lake), erasure_(erasure), connection_(std::move(connection)), tables_(lake.tables()) {}

  Result<LakeErasure> erase() {
    for (const ErasedTable& table : erasure_.tables) LAKEFLOW_TRY(look_at(table));
    // Events first: rows that name nobody follow those that do.
    for (std::size_t i = 0; i < erasure_.tables.size(); ++i) {
      if (conditions_[i]) LAKEFLOW_TRY(keep_events(erasure_.tables[i], *conditions_[i]));
    }
    for (std::size_t i = 0; i < erasure_.tables.size(); ++i) {
      ErasureCounts::Table& counts = found_.counts.tables[i];
      const ErasedTable& table = erasure_.tables[i];
      std::optional<std::string> condition = conditions_[i];
      if (!condition && counts.is_there && has_events_ && !table.event_fields.empty()) {
        condition = fmt::format("({}) IN (SELECT * FROM {})", event_columns(table), kEvents);
      }
      counts.is_reachable = condition.has_value();
      if (condition) {
        LAKEFLOW_ASSIGN(counts.rows, erase_where(table.table, *condition));
      }
    }
    if (const auto condition = quarantine_condition(erasure_); condition && tables_.contains(kQuarantineTable)) {
      LAKEFLOW_ASSIGN(found_.counts.quarantined, erase_where(kQuarantineTable, *condition));
    }
    return std::move(found_);
  }

  Result<std::vector<TableChange>> erase_quarantined(const std::string& condition) {
    if (tables_.contains(kQuarantineTable)) LAKEFLOW_TRY(erase_where(kQuarantineTable, condition));
    return std::move(found_.changes);
  }

 private:
  Status look_at(const ErasedTable& table) {
    const bool is_there = tables_.contains(table.table);
    std::optional<std::string> condition;
    if (is_there) {
      LAKEFLOW_ASSIGN(const ColumnType columns, columns_of_rows(connection_, kDoing, fmt::format("SELECT * FROM {}", quote_table(table.table))));
      condition = person_condition(table, erasure_, columns);
    }
    found_.counts.tables.push_back({.table = table.table, .is_there = is_there, .is_reachable = false, .rows = 0});
    conditions_.push_back(std::move(condition));
    return {};
  }

  Status keep_events(const ErasedTable& table, const std::string& condition) {
    if (table.event_fields.empty()) return {};
    const std::string events = fmt::format("SELECT DISTINCT {} FROM {} WHERE {}", event_columns(table), quote_table(table.table), condition);
    const std::string statement =
        has_events_ ? fmt::format("INSERT INTO {} {}", kEvents, events) : fmt::format("CREATE TEMP TABLE {} AS {}", kEvents, events);
    has_events_ = true;
    return connection_.execute(kDoing, statement);
  }

  // How many rows went.
  Result<std::uint64_t> erase_where(const TableName& name, const std::string& condition) {
    const LakeTable& table = *tables_.at(name);
    LAKEFLOW_ASSIGN(const auto places, find(table, condition));
    if (places.empty()) return 0;
    TableChange change;
    change.table = name;
    for (const LakeFile& file : table.published) {
      LAKEFLOW_TRY(rewrite(file, /*is_published=*/true, table, places, change));
    }
    for (const LakeFile& file : table.staged) {
      LAKEFLOW_TRY(rewrite(file, /*is_published=*/false, table, places, change));
    }
    const bool has_left = table.published.size() > change.removed_files.size() || table.staged.size() > change.dropped.size();
    if (!has_left && change.staged.empty()) LAKEFLOW_TRY(write_new(table, change, nullptr));  // a file keeps the columns
    found_.changes.push_back(std::move(change));
    return count(places);
  }

  // By the absolute path of the file.
  Result<std::map<std::string, RowNumbers>> find(const LakeTable& table, const std::string& condition) {
    LAKEFLOW_ASSIGN(ResultRows rows, connection_.query(kDoing, fmt::format("SELECT {0}, {1}::BIGINT FROM ({2}) WHERE {3} ORDER BY 1, 2", kFileColumn,
                                                                           kRowColumn, placed_rows_sql(lake_.folder(), table), condition)));
    std::map<std::string, RowNumbers> places;
    while (rows.next_chunk()) {
      for (std::size_t row = 0; row < rows.chunk_rows(); ++row) places[std::string(rows.bytes(0, row))].push_back(rows.integer(1, row));
    }
    return places;
  }

  Status rewrite(const LakeFile& file, bool is_published, const LakeTable& table, const std::map<std::string, RowNumbers>& places,
                 TableChange& change) {
    const auto found = places.find(std::filesystem::absolute(lake_.folder().at(file.name)).string());
    if (found == places.end()) return {};
    (is_published ? change.removed_files : change.dropped).push_back(file.name);
    if (found->second.size() == file.rows) return {};
    return write_new(table, change, [&](ParquetFileWriter& writer) -> Status {
      auto gone = found->second.begin();
      std::int64_t first = 0;  // of the batch
      return read_parquet_file(lake_.folder().at(file.name), [&](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
        LAKEFLOW_ASSIGN(const auto whole, is_published ? with_folder_columns(batch, file.name, *table.schema, table.partition_by)
                                                       : Result<std::shared_ptr<arrow::RecordBatch>>(batch));
        LAKEFLOW_ASSIGN(const auto rows, conform(whole, table.schema));
        const std::int64_t end = first + rows->num_rows();
        for (std::int64_t from = first; from < end;) {
          const std::int64_t until = gone == found->second.end() ? end : std::min(end, *gone);
          if (until > from) LAKEFLOW_TRY(writer.write(*rows->Slice(from - first, until - from)));
          from = until;
          if (gone != found->second.end() && *gone == from && from < end) {
            ++gone;
            ++from;
          }
        }
        first = end;
        return {};
      });
    });
  }

  template <typename Fill>
  Status write_new(const LakeTable& table, TableChange& change, const Fill& fill) {
    LakeFile file{.name = lake_.new_staged_name(), .rows = 0, .bytes = 0, .written_at = now_micros()};
    LAKEFLOW_ASSIGN(const auto writer, ParquetFileWriter::open(lake_.folder().at(file.name), table.schema));
    if constexpr (!std::is_same_v<Fill, std::nullptr_t>) LAKEFLOW_TRY(fill(*writer));
    LAKEFLOW_TRY(writer->finish());
    file.rows = writer->rows();
    file.bytes = writer->bytes();
    change.staged.push_back(std::move(file));
    return {};
  }

  Lake& lake_;
  const Erasure& erasure_;
  Connection connection_;
  const LakeTables tables_;
  std::vector<std::optional<std::string>> conditions_;  // of each table, for the person's rows
  bool has_events_ = false;
  LakeErasure found_;
};

}  // namespace

Result<LakeErasure> erase_from_lake(Lake& lake, const Erasure& erasure) {
  LAKEFLOW_ASSIGN(std::shared_ptr<Database> database, lake.database(/*with_state=*/false));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(std::move(database)));
  return Eraser(lake, erasure, std::move(connection)).erase();
}

Result<std::vector<TableChange>> drop_from_quarantine(Lake& lake, const std::vector<std::string>& ids) {
  LAKEFLOW_ASSIGN(std::shared_ptr<Database> database, lake.database(/*with_state=*/false));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(std::move(database)));
  const Erasure nobody;
  return Eraser(lake, nobody, std::move(connection)).erase_quarantined(fmt::format("list_contains({}, {})", text_list(ids), quarantine_id_sql()));
}

Result<std::set<std::string, std::less<>>> quarantined_ids(Lake& lake) {
  std::set<std::string, std::less<>> ids;
  if (!lake.tables().contains(kQuarantineTable)) return ids;
  LAKEFLOW_ASSIGN(std::shared_ptr<Database> database, lake.database(/*with_state=*/false));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(std::move(database)));
  LAKEFLOW_ASSIGN(ResultRows rows, connection.query("reading the quarantine", fmt::format("SELECT id FROM {}", quote_table(kQuarantineTable))));
  while (rows.next_chunk()) {
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) ids.emplace(rows.bytes(0, row));
  }
  return ids;
}

}  // namespace lakeflow
