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
  // Says what was changed in one that was there.
  Result<std::vector<std::string>> prepare(const ApplyPlan& plan);
  Status append(const std::shared_ptr<arrow::RecordBatch>& rows);
  // Takes all rows and columns away, also those that were appended here.
  void remove();
  // Takes the place of another table, which may not be there. All rows are published then, so that who lists folders sees one or the other.
  void replace(TableName name, std::shared_ptr<const LakeTable> replaced);

  bool exists() const { return schema_ != nullptr; }
  std::uint64_t rows() const;

  // Finishes the files, and says what the commit of this number has to; nothing where nothing changed.
  Result<std::vector<TableChange>> changes(std::uint64_t number, std::uint64_t file_bytes);
  // The commit stands, or may.
  void keep() { kept_ = true; }

 private:
  Status finish_file();
  Result<std::vector<TableChange>> replacement(std::uint64_t number, std::uint64_t file_bytes);

  Lake* lake_;
  TableName name_;
  std::shared_ptr<const LakeTable> before_;
  bool removed_ = false;
  std::optional<TableName> built_as_;          // before it took the other's name
  std::shared_ptr<const LakeTable> replaced_;  // null where there was none

  std::shared_ptr<arrow::Schema> schema_;  // null: there is no table
  std::vector<std::string> partition_by_;
  bool schema_changed_ = false;
  std::string open_name_;
  std::unique_ptr<ParquetFileWriter> open_;
  std::vector<LakeFile> files_;
  bool kept_ = false;
};

}  // namespace lakeflow
