#include "destinations/parquet/partitioned_writer.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "destinations/parquet/partition.h"
#include "destinations/parquet/table_schema.h"

namespace lakeflow {
namespace {

constexpr std::size_t kMostOpenFiles = 64;  // each holds a row group in memory
constexpr std::size_t kMostFiles = 10'000;  // that one publishing makes

}  // namespace

std::string table_folder(const TableName& table) { return table.schema + "/" + table.table; }

PartitionedWriter::PartitionedWriter(Lake& lake, const TableName& name, const LakeTable& table, std::string stem, std::uint64_t file_bytes)
    : lake_(lake),
      table_(table),
      folder_(table_folder(name)),
      stem_(std::move(stem)),
      file_bytes_(file_bytes),
      schema_(published_schema(*table.schema, table.partition_by)) {}

PartitionedWriter::~PartitionedWriter() {
  if (done_) return;
  for (const auto& [staged, file] : finished_) ::unlink(lake_.folder().at(staged).c_str());
}

Status PartitionedWriter::write(const std::shared_ptr<arrow::RecordBatch>& rows) {
  std::map<std::string, std::shared_ptr<arrow::RecordBatch>> parts = {{"", rows}};
  if (!table_.partition_by.empty()) {
    LAKEFLOW_ASSIGN(parts, part_rows(rows, table_.partition_by));
  }
  for (const auto& [folder, part] : parts) {
    LAKEFLOW_ASSIGN(OpenFile* const file, file_in(folder));
    LAKEFLOW_ASSIGN(const auto columns, conform(part, schema_));
    LAKEFLOW_TRY(file->writer->write(*columns));
    file->used = ++batches_;
    if (file->writer->bytes() >= file_bytes_) LAKEFLOW_TRY(close(folder));
  }
  return {};
}

Result<PartitionedWriter::OpenFile*> PartitionedWriter::file_in(const std::string& folder) {
  if (const auto found = open_.find(folder); found != open_.end()) return &found->second;
  if (open_.size() >= kMostOpenFiles) LAKEFLOW_TRY(close_least_used());
  if (finished_.size() >= kMostFiles) {
    return std::unexpected(
        Error::user(fmt::format("table {}: partition_by {} makes more than {} files at once", folder_, table_.partition_by.front(), kMostFiles),
                    "Choose columns with fewer values, or a time by :day or :month, and ingest with --full-refresh"));
  }
  OpenFile file{.staged = lake_.new_staged_name(), .writer = nullptr, .used = 0};
  LAKEFLOW_ASSIGN(file.writer, ParquetFileWriter::open(lake_.folder().at(file.staged), schema_));
  return &open_.emplace(folder, std::move(file)).first->second;
}

Status PartitionedWriter::close_least_used() {
  const auto least = std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.used; });
  return close(std::string(least->first));
}

Status PartitionedWriter::close(const std::string& folder) {
  OpenFile file = std::move(open_.extract(folder).mapped());
  LAKEFLOW_TRY(file.writer->finish());
  const std::string name = fmt::format("{}{}{}/{}-{:04}.parquet", folder_, folder.empty() ? "" : "/", folder, stem_, finished_.size() + 1);
  finished_.emplace_back(file.staged, LakeFile{.name = name, .rows = file.writer->rows(), .bytes = file.writer->bytes(), .written_at = now_micros()});
  return {};
}

Result<std::vector<std::pair<std::string, LakeFile>>> PartitionedWriter::finish() {
  if (table_.partition_by.empty() && finished_.empty()) LAKEFLOW_TRY(file_in(""));
  while (!open_.empty()) LAKEFLOW_TRY(close(std::string(open_.begin()->first)));
  done_ = true;
  return std::move(finished_);
}

}  // namespace lakeflow
