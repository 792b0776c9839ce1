#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/parquet/lake.h"
#include "destinations/parquet/parquet_file.h"

namespace lakeflow {

// One table in one transaction: what it was, and what the transaction does to it. Let go without keep(), the files that it wrote are removed.
class StagedTable {
 public:
  // `lake` outlives it. `before` is null where there is no such table.
  StagedTable(Lake& lake, TableName name, std::shared_ptr<const LakeTable> before);
  StagedTable(StagedTable&&) = default;
  StagedTable& operator=(StagedTable&&) = delete;
  ~StagedTable();

  // Makes the table, or gives it the columns that it lacks.
  Status prepare(const ApplyPlan& plan);
  Status append(const std::shared_ptr<arrow::RecordBatch>& rows);
  // Takes all rows and columns away, also those that were appended here.
  void remove();

  bool exists() const { return schema_ != nullptr; }
  std::uint64_t rows() const;

  // Finishes the files, and says what the commit has to; nothing where nothing changed.
  Result<std::optional<TableChange>> change();
  // The commit stands, or may.
  void keep() { kept_ = true; }

 private:
  Status finish_file();

  Lake* lake_;
  TableName name_;
  std::shared_ptr<const LakeTable> before_;
  bool removed_ = false;

  std::shared_ptr<arrow::Schema> schema_;  // null: there is no table
  std::vector<std::string> partition_by_;
  bool schema_changed_ = false;
  std::string open_name_;
  std::unique_ptr<ParquetFileWriter> open_;
  std::vector<LakeFile> files_;
  bool kept_ = false;
};

}  // namespace lakeflow
