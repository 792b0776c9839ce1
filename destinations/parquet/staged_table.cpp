#include "destinations/parquet/staged_table.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <numeric>
#include <utility>

#include "base/clock.h"
#include "destinations/parquet/partition.h"
#include "destinations/parquet/table_schema.h"

namespace lakeflow {
namespace {

constexpr const char* kAnew = "Ingest it anew with --full-refresh, which makes the table as it must be, or into another table";

}  // namespace

StagedTable::StagedTable(Lake& lake, TableName name, std::shared_ptr<const LakeTable> before)
    : lake_(&lake), name_(std::move(name)), before_(std::move(before)) {
  if (!before_) return;
  schema_ = before_->schema;
  partition_by_ = before_->partition_by;
}

StagedTable::~StagedTable() {
  if (kept_) return;
  for (const LakeFile& file : files_) ::unlink(lake_->folder().at(file.name).c_str());
}

Status StagedTable::prepare(const ApplyPlan& plan) {
  if (!schema_) {
    schema_ = plan.schema;
    partition_by_ = plan.partition_by;
    schema_changed_ = true;
    return {};
  }
  if (partition_by_ != plan.partition_by) {
    return std::unexpected(Error::user(fmt::format("table {} is laid out by [{}], and partition_by now says [{}]", name_.text(),
                                                   fmt::join(partition_by_, ", "), fmt::join(plan.partition_by, ", ")),
                                       kAnew));
  }
  SchemaGrowth growth = grow_schema(*schema_, *plan.schema);
  if (!growth.conflict.empty()) {
    return std::unexpected(Error::destination(fmt::format("table {} can't take the source's rows: {}", name_.text(), growth.conflict), kAnew));
  }
  if (growth.changes.empty()) return {};
  LAKEFLOW_TRY(finish_file());
  schema_ = std::move(growth.schema);
  schema_changed_ = true;
  return {};
}

Status StagedTable::append(const std::shared_ptr<arrow::RecordBatch>& rows) {
  if (!schema_) return std::unexpected(Error::internal(fmt::format("table {} was not prepared", name_.text())));
  if (!open_) {
    open_name_ = lake_->new_staged_name();
    LAKEFLOW_ASSIGN(open_, ParquetFileWriter::open(lake_->folder().at(open_name_), schema_));
  }
  LAKEFLOW_ASSIGN(const auto conformed, conform(rows, schema_));
  return open_->write(*conformed);
}

void StagedTable::remove() {
  open_.reset();
  for (const LakeFile& file : files_) ::unlink(lake_->folder().at(file.name).c_str());
  files_.clear();
  schema_.reset();
  partition_by_.clear();
  removed_ = before_ != nullptr;
}

std::uint64_t StagedTable::rows() const {
  const std::uint64_t before = before_ && !removed_ ? before_->rows() : 0;
  return std::accumulate(files_.begin(), files_.end(), before + (open_ ? open_->rows() : 0),
                         [](std::uint64_t total, const LakeFile& file) { return total + file.rows; });
}

Status StagedTable::finish_file() {
  if (!open_) return {};
  LAKEFLOW_TRY(open_->finish());
  files_.push_back({.name = open_name_, .rows = open_->rows(), .bytes = open_->bytes(), .written_at = now_micros()});
  open_.reset();
  return {};
}

Result<std::optional<TableChange>> StagedTable::change() {
  // One file at least has all columns, so that who reads knows them.
  if (schema_changed_ && !open_) {
    open_name_ = lake_->new_staged_name();
    LAKEFLOW_ASSIGN(open_, ParquetFileWriter::open(lake_->folder().at(open_name_), schema_));
  }
  LAKEFLOW_TRY(finish_file());
  if (!removed_ && !schema_changed_ && files_.empty()) return std::nullopt;
  TableChange change;
  change.table = name_;
  change.removed = removed_;
  if (removed_) {
    for (const LakeFile& file : before_->published) change.removed_files.push_back(file.name);
    for (const LakeFile& file : before_->staged) change.dropped.push_back(file.name);
  }
  if (schema_changed_) {
    change.schema = schema_;
    change.partition_by = partition_by_;
    change.uniform = (!before_ || removed_) && files_.size() == 1;
  }
  change.staged = files_;
  return change;
}

}  // namespace lakeflow
