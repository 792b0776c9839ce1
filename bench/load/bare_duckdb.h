#pragma once

#include <duckdb.h>

#include <memory>
#include <string>

#include "destinations/interface/apply_plan.h"

namespace arrow {
class RecordBatch;
}

namespace lakeflow::bench {

// What DuckDB does by itself: the yardstick. Stops the program where it fails.
class BareDuckDb {
 public:
  BareDuckDb(const std::string& path, const ApplyPlan& plan);
  BareDuckDb(const BareDuckDb&) = delete;
  BareDuckDb& operator=(const BareDuckDb&) = delete;
  ~BareDuckDb();  // with the last checkpoint

  void execute(const std::string& sql);
  // duckdb_data_chunk_from_arrow and duckdb_append_data_chunk.
  void append(const arrow::RecordBatch& batch);
  void flush();  // before a commit
  // The batch as a table of its own, then MERGE INTO by key where the sequence is later.
  void merge(const arrow::RecordBatch& batch);

 private:
  std::string columns() const;
  void open_appender(const char* schema, const std::string& table);

  const ApplyPlan& plan_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_arrow_converted_schema converted_ = nullptr;
  duckdb_appender appender_ = nullptr;
};

}  // namespace lakeflow::bench
