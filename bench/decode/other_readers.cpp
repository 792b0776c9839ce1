#include "bench/decode/other_readers.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/json/options.h>
#include <arrow/json/reader.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "destinations/sql/column_type.h"
#include "destinations/sql/sql_text.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow::bench {
namespace {

arrow::FieldVector plain_fields(const arrow::FieldVector& fields);

// Nothing where nothing is left of it.
std::shared_ptr<arrow::DataType> plain_type(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() == arrow::Type::STRUCT) {
    auto members = plain_fields(type->fields());
    return members.empty() ? nullptr : arrow::struct_(std::move(members));
  }
  if (type->id() == arrow::Type::LIST) {
    auto elements = plain_fields(type->fields());
    return elements.empty() ? nullptr : arrow::list(std::move(elements.front()));
  }
  return type;
}

arrow::FieldVector plain_fields(const arrow::FieldVector& fields) {
  arrow::FieldVector plain;
  for (const auto& field : fields) {
    if (field->metadata() != nullptr && field->metadata()->FindKey(std::string(kDecodeRule)) >= 0) {
      continue;
    }
    if (auto type = plain_type(field->type())) {
      plain.push_back(arrow::field(field->name(), std::move(type)));
    }
  }
  return plain;
}

Error duckdb_failed(const char* message) { return Error::internal(fmt::format("DuckDB: {}", message == nullptr ? "no message" : message)); }

}  // namespace

std::shared_ptr<arrow::Schema> columns_of_plain_json(const arrow::Schema& schema) { return arrow::schema(plain_fields(schema.fields())); }

Result<std::unique_ptr<DuckDbReader>> DuckDbReader::open(const arrow::Schema& schema, const std::filesystem::path& file) {
  std::string columns;
  for (const auto& field : schema.fields()) {
    LAKEFLOW_ASSIGN(const ColumnType type, ColumnType::from_arrow(*field->type()));
    columns += fmt::format("{}{}: {}", columns.empty() ? "" : ", ", quote_text(field->name()), quote_text(type.sql()));
  }
  std::unique_ptr<DuckDbReader> reader(new DuckDbReader());
  if (duckdb_open(nullptr, &reader->database_) != DuckDBSuccess || duckdb_connect(reader->database_, &reader->connection_) != DuckDBSuccess ||
      duckdb_query(reader->connection_, "SET threads = 1", nullptr) != DuckDBSuccess) {
    return std::unexpected(duckdb_failed("not opened"));
  }
  const std::string sql = fmt::format("SELECT * FROM read_ndjson({}, columns = {{{}}})", quote_text(file.string()), columns);
  if (duckdb_prepare(reader->connection_, sql.c_str(), &reader->statement_) != DuckDBSuccess) {
    return std::unexpected(duckdb_failed(duckdb_prepare_error(reader->statement_)));
  }
  return reader;
}

DuckDbReader::~DuckDbReader() {
  duckdb_destroy_prepare(&statement_);
  duckdb_disconnect(&connection_);
  duckdb_close(&database_);
}

Result<std::size_t> DuckDbReader::read() {
  duckdb_pending_result pending = nullptr;
  duckdb_result result{};
  std::size_t rows = 0;
  const bool started =
      duckdb_pending_prepared_streaming(statement_, &pending) == DuckDBSuccess && duckdb_execute_pending(pending, &result) == DuckDBSuccess;
  duckdb_destroy_pending(&pending);
  for (duckdb_data_chunk chunk = nullptr; started && (chunk = duckdb_fetch_chunk(result)) != nullptr; duckdb_destroy_data_chunk(&chunk)) {
    rows += duckdb_data_chunk_get_size(chunk);
  }
  const char* const message = duckdb_result_error(&result);
  Result<std::size_t> read = rows;
  if (!started || message != nullptr) {
    read = std::unexpected(duckdb_failed(message));
  }
  duckdb_destroy_result(&result);
  return read;
}

Result<std::size_t> read_by_arrow(const std::shared_ptr<arrow::Schema>& schema, const std::shared_ptr<arrow::Buffer>& text) {
  auto read_options = arrow::json::ReadOptions::Defaults();
  read_options.use_threads = false;
  auto parse_options = arrow::json::ParseOptions::Defaults();
  parse_options.explicit_schema = schema;
  parse_options.unexpected_field_behavior = arrow::json::UnexpectedFieldBehavior::Ignore;
  auto reader =
      arrow::json::TableReader::Make(arrow::default_memory_pool(), std::make_shared<arrow::io::BufferReader>(text), read_options, parse_options);
  auto table = reader.ok() ? (*reader)->Read() : arrow::Result<std::shared_ptr<arrow::Table>>(reader.status());
  if (!table.ok()) {
    return std::unexpected(Error::internal("Arrow: " + table.status().ToString()));
  }
  return static_cast<std::size_t>((*table)->num_rows());
}

}  // namespace lakeflow::bench
