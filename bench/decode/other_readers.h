#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <arrow/type_fwd.h>
#include <duckdb.h>

#include "base/error.h"

namespace lakeflow::bench {

// What of a table's schema other readers of JSON can be given: not the columns that a rule makes, out of siblings, the whole record or whatever
// stands there. So they have a little less to do.
std::shared_ptr<arrow::Schema> columns_of_plain_json(const arrow::Schema& schema);

// DuckDB's read_ndjson of a file with all columns named, on one thread; each chunk of rows is let go when it is there.
class DuckDbReader {
 public:
  static Result<std::unique_ptr<DuckDbReader>> open(const arrow::Schema& schema, const std::filesystem::path& file);
  DuckDbReader(const DuckDbReader&) = delete;
  DuckDbReader& operator=(const DuckDbReader&) = delete;
  ~DuckDbReader();

  Result<std::size_t> read();  // rows

 private:
  DuckDbReader() = default;

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_prepared_statement statement_ = nullptr;
};

// Arrow's reader of JSON, which is pyarrow.json's, of text in memory with an explicit schema, on one thread; members that it lacks are passed over.
Result<std::size_t> read_by_arrow(const std::shared_ptr<arrow::Schema>& schema, const std::shared_ptr<arrow::Buffer>& text);

}  // namespace lakeflow::bench
