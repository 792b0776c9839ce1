#include "destinations/parquet/publisher.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/kill_point.h"
#include "destinations/parquet/parquet_file.h"
#include "destinations/parquet/partitioned_writer.h"
#include "destinations/parquet/system_tables.h"
#include "destinations/parquet/table_schema.h"

namespace lakeflow {
namespace {

// So many files of one size are joined: each row is then written again once for each factor of 32 by which its table grows.
constexpr std::size_t kJoinedFiles = 32;

int size_class(const LakeFile& file) { return static_cast<int>(std::bit_width(file.rows)) / 5; }

std::vector<std::string> names_of(const std::vector<LakeFile>& files) {
  std::vector<std::string> names;
  for (const LakeFile& file : files) names.push_back(file.name);
  return names;
}

// A table that has nothing but files without rows, and no folder to put them into, has nothing to publish.
bool has_something(const LakeTable& table) {
  const bool rows = std::ranges::any_of(table.staged, [](const LakeFile& file) { return file.rows > 0; });
  return rows || (!table.staged.empty() && table.partition_by.empty());
}

}  // namespace

bool Publisher::is_due(const LakeTable& table) const {
  if (!has_something(table)) return false;
  if (table.staged_bytes() >= rules_.file_bytes) return true;
  const TimestampMicros now = now_micros();
  // A clock that was set back says nothing about ages: then it is time, too.
  return std::ranges::any_of(table.staged, [&](const LakeFile& file) { return now - file.written_at >= rules_.file_age || file.written_at > now; });
}

Status Publisher::publish_due() {
  std::vector<TableName> due;
  LakeCommit joining;
  for (const auto& [name, table] : lake_.tables()) {
    if (!is_system_table(name)) {
      if (is_due(*table)) due.push_back(name);
      continue;
    }
    LAKEFLOW_ASSIGN(std::optional<TableChange> change, joined(name, *table));
    if (change) joining.tables.push_back(*std::move(change));
  }
  if (!joining.tables.empty()) {
    joining.number = lake_.next_number();
    joining.committed_at = now_micros();
    LAKEFLOW_TRY(lake_.commit(std::move(joining)));
  }
  return publish(due);
}

Status Publisher::publish_all() {
  std::vector<TableName> staged;
  for (const auto& [name, table] : lake_.tables()) {
    if (!is_system_table(name) && has_something(*table)) staged.push_back(name);
  }
  return publish(staged);
}

Status Publisher::publish(const std::vector<TableName>& names) {
  if (names.empty()) return {};
  const LakeTables tables = lake_.tables();
  LakeCommit commit;
  commit.number = lake_.next_number();
  commit.committed_at = now_micros();
  for (const TableName& name : names) {
    // Of all names of a table's files none ever comes twice, also where one table takes another's place.
    const std::string stem = fmt::format("part-{:020}-{:02}", commit.number, commit.tables.size());
    LAKEFLOW_ASSIGN(TableChange change, published(name, *tables.at(name), stem));
    commit.tables.push_back(std::move(change));
  }
  kill_point("commit.publishing");
  return lake_.commit(std::move(commit));
}

Result<TableChange> Publisher::published(const TableName& name, const LakeTable& table, const std::string& stem) {
  TableChange change;
  change.table = name;
  std::vector<LakeFile> small;
  for (const LakeFile& file : table.staged) {
    // One that has its size and its columns already only gets its name.
    if (table.uniform && table.partition_by.empty() && file.bytes >= rules_.file_bytes / 2) {
      LakeFile named = file;
      named.name = fmt::format("{}/{}-s{:04}.parquet", table_folder(name), stem, change.published.size() + 1);
      change.published.emplace_back(file.name, std::move(named));
    } else {
      small.push_back(file);
    }
  }
  if (small.empty()) return change;
  PartitionedWriter writer(lake_, name, table, stem, rules_.file_bytes);
  for (const LakeFile& file : small) {
    LAKEFLOW_TRY(read_parquet_file(lake_.folder().at(file.name), [&](const std::shared_ptr<arrow::RecordBatch>& rows) -> Status {
      LAKEFLOW_ASSIGN(const auto conformed, conform(rows, table.schema));
      return writer.write(conformed);
    }));
  }
  LAKEFLOW_ASSIGN(auto files, writer.finish());
  std::ranges::move(files, std::back_inserter(change.published));
  change.dropped = names_of(small);
  return change;
}

Result<std::optional<TableChange>> Publisher::joined(const TableName& name, const LakeTable& table) {
  std::map<int, std::vector<LakeFile>> classes;
  for (const LakeFile& file : table.staged) classes[size_class(file)].push_back(file);
  for (const auto& [size, files] : classes) {
    if (files.size() < kJoinedFiles) continue;
    LakeFile whole{.name = lake_.new_staged_name(), .rows = 0, .bytes = 0, .written_at = now_micros()};
    LAKEFLOW_ASSIGN(const auto writer, ParquetFileWriter::open(lake_.folder().at(whole.name), table.schema));
    for (const LakeFile& file : files) {
      LAKEFLOW_TRY(read_parquet_file(lake_.folder().at(file.name), [&](const std::shared_ptr<arrow::RecordBatch>& rows) -> Status {
        LAKEFLOW_ASSIGN(const auto conformed, conform(rows, table.schema));
        return writer->write(*conformed);
      }));
    }
    LAKEFLOW_TRY(writer->finish());
    whole.rows = writer->rows();
    whole.bytes = writer->bytes();
    TableChange change;
    change.table = name;
    change.staged.push_back(std::move(whole));
    change.dropped = names_of(files);
    return change;
  }
  return std::nullopt;
}

}  // namespace lakeflow
