#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// A Parquet file under construction: for its owner alone (0600), compressed with ZSTD. Let go without finish(), it is removed.
class ParquetFileWriter {
 public:
  static Result<std::unique_ptr<ParquetFileWriter>> open(std::filesystem::path path, std::shared_ptr<arrow::Schema> schema);
  ~ParquetFileWriter();
  ParquetFileWriter(const ParquetFileWriter&) = delete;
  ParquetFileWriter& operator=(const ParquetFileWriter&) = delete;

  // The batch has the schema.
  Status write(const arrow::RecordBatch& rows);
  // Writes the footer and makes the bytes durable; the name is so after sync_folder.
  Status finish();

  std::uint64_t rows() const { return rows_; }
  // Of what was written out so far, all after finish().
  std::uint64_t bytes() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Output;
  explicit ParquetFileWriter(std::filesystem::path path);

  std::filesystem::path path_;
  std::unique_ptr<Output> output_;
  std::uint64_t rows_ = 0;
  std::int64_t waiting_bytes_ = 0;  // in the row group that is not written out yet
  bool finished_ = false;
};

// Gives the rows of a file, batch by batch.
Status read_parquet_file(const std::filesystem::path& path, const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& visit);

}  // namespace lakeflow
