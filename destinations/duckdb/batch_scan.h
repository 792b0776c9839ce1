#pragma once

#include <duckdb.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/sql/connection.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

class BatchLayout;
struct BatchScan;
class BatchScanRegistry;

// A batch that SQL can read while this object lives: `SELECT … FROM lakeflow_rows(7)`.
class ScannableBatch {
 public:
  ScannableBatch(ScannableBatch&& other) noexcept;
  ScannableBatch& operator=(ScannableBatch&&) = delete;
  ~ScannableBatch();
  // For a FROM clause.
  const std::string& sql() const { return sql_; }

 private:
  friend class BatchScanner;
  ScannableBatch(std::shared_ptr<BatchScanRegistry> registry, std::int64_t number);

  std::shared_ptr<BatchScanRegistry> registry_;
  std::int64_t number_;
  std::string sql_;
};

// Gives DuckDB Arrow batches as tables, by a table function that all of its threads read at once, in blocks of DuckDB's vector
// size: DuckDB's own conversion without a copy where the layouts are alike. Measured against duckdb_append_data_chunk of the
// same batches: bench/load.
class BatchScanner {
 public:
  // `connection` outlives the scanner.
  explicit BatchScanner(Connection& connection);
  // Registers the function: once, before anything is offered.
  Status register_function();

  // Of the batch the rows with these numbers, ascending, or all. Converting the schema is done once for each schema object.
  Result<ScannableBatch> offer(std::shared_ptr<arrow::RecordBatch> batch, std::optional<std::vector<std::uint32_t>> rows = std::nullopt);
  // The batch with one column more, at the end: `row`, the row's number.
  Result<ScannableBatch> offer_numbered(std::shared_ptr<arrow::RecordBatch> batch);

 private:
  Result<ScannableBatch> add(std::shared_ptr<arrow::RecordBatch> batch, std::optional<std::vector<std::uint32_t>> rows, bool numbered);
  Result<std::shared_ptr<const BatchLayout>> layout_of(const std::shared_ptr<arrow::Schema>& schema);

  Connection* connection_;
  std::shared_ptr<BatchScanRegistry> registry_;
  std::map<const arrow::Schema*, std::shared_ptr<const BatchLayout>> layouts_;
};

}  // namespace lakeflow
