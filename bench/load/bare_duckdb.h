#pragma once

#include <string>

#include <duckdb.h>

#include "destinations/interface/apply_plan.h"

namespace arrow {
class RecordBatch;
}

namespace lakeflow::bench {

// What DuckDB does by itself: the yardstick. Opened as our destination opens it, with the same memory. Stops the program
// where it fails.
class BareDuckDb {
 public:
  BareDuckDb(const std::string& path, std::int64_t memory_limit, const ApplyPlan& plan);
  BareDuckDb(const BareDuckDb&) = delete;
  BareDuckDb& operator=(const BareDuckDb&) = delete;
  ~BareDuckDb();  // with the last checkpoint

  void execute(const std::string& sql);

  // duckdb_data_chunk_from_arrow and duckdb_append_data_chunk, into the plan's table.
  void append(const arrow::RecordBatch& batch);
  void flush();  // before a commit

  // The same into a table beside it, then MERGE INTO by key: all of it replaces what is there.
  void stage(const arrow::RecordBatch& batch);
  void merge_staged();

 private:
  std::string columns() const;
  void append_to(const char* schema, const std::string& table, const arrow::RecordBatch& batch);

  const ApplyPlan& plan_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_arrow_converted_schema converted_ = nullptr;
  duckdb_appender appender_ = nullptr;
};

}  // namespace lakeflow::bench
