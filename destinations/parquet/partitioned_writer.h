#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "destinations/parquet/lake.h"
#include "destinations/parquet/parquet_file.h"

namespace lakeflow {

// Writes a table's rows into staged files that are to be published: one or more for each folder of its partitions. Let go without
// finish(), the files are removed.
class PartitionedWriter {
 public:
  // `stem` is the beginning of the published names: "part-00000000000000000042". `table` outlives the writer.
  PartitionedWriter(Lake& lake, const TableName& name, const LakeTable& table, std::string stem, std::uint64_t file_bytes);
  ~PartitionedWriter();
  PartitionedWriter(const PartitionedWriter&) = delete;
  PartitionedWriter& operator=(const PartitionedWriter&) = delete;

  // Rows with the table's schema.
  Status write(const std::shared_ptr<arrow::RecordBatch>& rows);
  // Staged names, and the files that they are to become. Of a table without partitions there is one file at least, even if it has no rows.
  Result<std::vector<std::pair<std::string, LakeFile>>> finish();

 private:
  struct OpenFile {
    std::string staged;
    std::unique_ptr<ParquetFileWriter> writer;
    std::uint64_t used = 0;  // when, counted in batches
  };
  Result<OpenFile*> file_in(const std::string& folder);
  Status close(const std::string& folder);
  Status close_least_used();

  Lake& lake_;
  const LakeTable& table_;
  std::string folder_;  // of the table
  std::string stem_;
  std::uint64_t file_bytes_;
  std::shared_ptr<arrow::Schema> schema_;
  std::map<std::string, OpenFile> open_;
  std::vector<std::pair<std::string, LakeFile>> finished_;
  std::uint64_t batches_ = 0;
  bool done_ = false;
};

// "bronze/adt_messages", relative to the lake.
std::string table_folder(const TableName& table);

}  // namespace lakeflow
