#include "destinations/parquet/staged_table.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "base/clock.h"
#include "destinations/parquet/partitioned_writer.h"
#include "destinations/parquet/table_schema.h"

namespace lakeflow {
namespace {

constexpr const char* kAnew = "Ingest it anew with --full-refresh, which makes the table as it must be, or into another table";

std::vector<std::string> names_of(const std::vector<LakeFile>& files) {
  std::vector<std::string> names;
  for (const LakeFile& file : files) names.push_back(file.name);
  return names;
}

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

Result<std::vector<std::string>> StagedTable::prepare(const ApplyPlan& plan) {
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
    return std::unexpected(Error::user(fmt::format("table {} can't take the source's rows: {}", name_.text(), growth.conflict), kAnew));
  }
  if (growth.changes.empty()) return {};
  if (!plan.may_grow) {
    return std::unexpected(Error::user(
        fmt::format("table {} keeps its columns by its schema_contract, and the source now needs more: {}", name_.text(), growth.changes.front()),
        "Set schema_contract: evolve for a run, or discard to do without"));
  }
  LAKEFLOW_TRY(finish_file());
  schema_ = std::move(growth.schema);
  schema_changed_ = true;
  return std::move(growth.changes);
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

void StagedTable::replace(TableName name, std::shared_ptr<const LakeTable> replaced) {
  built_as_ = std::exchange(name_, std::move(name));
  replaced_ = std::move(replaced);
}

Result<std::vector<TableChange>> StagedTable::changes(std::uint64_t number, std::uint64_t file_bytes) {
  // One file at least has all columns, so that who reads knows them.
  if (schema_changed_ && !open_) {
    open_name_ = lake_->new_staged_name();
    LAKEFLOW_ASSIGN(open_, ParquetFileWriter::open(lake_->folder().at(open_name_), schema_));
  }
  LAKEFLOW_TRY(finish_file());
  if (built_as_) return replacement(number, file_bytes);
  std::vector<TableChange> changes;
  if (!removed_ && !schema_changed_ && files_.empty()) return changes;
  TableChange& change = changes.emplace_back();
  change.table = name_;
  change.removed = removed_;
  if (removed_) {
    change.removed_files = names_of(before_->published);
    change.dropped = names_of(before_->staged);
  }
  if (schema_changed_) {
    change.schema = schema_;
    change.partition_by = partition_by_;
    change.uniform = (!before_ || removed_) && files_.size() == 1;
  }
  change.staged = files_;
  return changes;
}

Result<std::vector<TableChange>> StagedTable::replacement(std::uint64_t number, std::uint64_t file_bytes) {
  const bool has_before = before_ && !removed_;
  TableChange gone;
  gone.table = *built_as_;
  gone.removed = true;
  TableChange change;
  change.table = name_;
  change.removed = true;
  change.schema = schema_;
  change.partition_by = partition_by_;
  change.uniform = !has_before || before_->published.empty() || (before_->uniform && !schema_changed_);
  if (replaced_) {
    change.removed_files = names_of(replaced_->published);
    change.dropped = names_of(replaced_->staged);
  }
  if (has_before) {
    for (LakeFile file : before_->published) {
      file.name = table_folder(name_) + file.name.substr(table_folder(*built_as_).size());
      change.published.emplace_back("", std::move(file));
    }
  }
  std::vector<LakeFile> staged = files_;
  if (has_before) staged.insert(staged.begin(), before_->staged.begin(), before_->staged.end());
  LakeTable layout;
  layout.schema = schema_;
  layout.partition_by = partition_by_;
  PartitionedWriter writer(*lake_, name_, layout, fmt::format("part-{:020}-r", number), file_bytes);
  for (const LakeFile& file : staged) {
    LAKEFLOW_TRY(read_parquet_file(lake_->folder().at(file.name), [&](const std::shared_ptr<arrow::RecordBatch>& rows) -> Status {
      LAKEFLOW_ASSIGN(const auto conformed, conform(rows, schema_));
      return writer.write(conformed);
    }));
  }
  LAKEFLOW_ASSIGN(auto files, writer.finish());
  std::ranges::move(files, std::back_inserter(change.published));
  if (change.published.empty()) {
    change.staged = staged;  // no row, so no folder: these files keep the columns
  } else {
    gone.dropped = names_of(staged);
    change.built_folder = table_folder(*built_as_);
  }
  return std::vector{std::move(gone), std::move(change)};
}

}  // namespace lakeflow
