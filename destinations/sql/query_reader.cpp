#include "destinations/sql/query_reader.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/arrow_error.h"
#include "destinations/sql/connection.h"
#include "destinations/sql/duckdb_failure.h"
#include "destinations/sql/logical_type.h"

namespace lakeflow {
namespace {

arrow::Status to_arrow(const Error& error) { return arrow::Status::IOError(error.message()); }

class QueryReader final : public arrow::RecordBatchReader {
 public:
  QueryReader(Connection connection, std::stop_token stop) : connection_(std::move(connection)), stop_(std::move(stop)) {}
  QueryReader(const QueryReader&) = delete;
  QueryReader& operator=(const QueryReader&) = delete;
  ~QueryReader() override {
    on_stop_.reset();
    duckdb_destroy_arrow_options(&options_);
    duckdb_destroy_result(&result_);
    duckdb_destroy_pending(&pending_);
    duckdb_destroy_prepare(&statement_);
  }

  Status start(const std::string& sql) {
    LAKEFLOW_TRY(connection_.execute("beginning a query", "BEGIN TRANSACTION READ ONLY"));
    LAKEFLOW_TRY(prepare(sql));
    if (duckdb_pending_prepared_streaming(statement_, &pending_) != DuckDBSuccess) return std::unexpected(failure(duckdb_pending_error(pending_)));
    // Not before: a query that begins forgets an interrupt that came earlier.
    on_stop_.emplace(stop_, Interrupt{connection_.handle()});
    if (duckdb_execute_pending(pending_, &result_) != DuckDBSuccess) return std::unexpected(failure(duckdb_result_error(&result_)));
    options_ = duckdb_result_get_arrow_options(&result_);
    return convert_schema();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result_);
    if (chunk == nullptr) {
      const char* message = duckdb_result_error(&result_);
      return message == nullptr ? arrow::Status::OK() : to_arrow(failure(message));
    }
    if (duckdb_data_chunk_get_size(chunk) == 0) {
      duckdb_destroy_data_chunk(&chunk);
      return arrow::Status::OK();
    }
    ArrowArray exported{};
    duckdb_error_data failed = duckdb_data_chunk_to_arrow(options_, chunk, &exported);
    duckdb_destroy_data_chunk(&chunk);
    if (auto error = take_failure(failed)) return to_arrow(*error);
    return arrow::ImportRecordBatch(&exported, schema_).Value(batch);
  }

 private:
  struct Interrupt {
    duckdb_connection connection;
    void operator()() const { duckdb_interrupt(connection); }
  };

  Error failure(const char* message) const {
    if (stop_.stop_requested()) return Error::interrupted("the query was ended by a stop", "Ask again");
    return query_failure(connection_.database().path(), message == nullptr ? "" : message);
  }

  std::optional<Error> take_failure(duckdb_error_data& data) const {
    if (data == nullptr) return std::nullopt;
    std::optional<Error> error;
    if (duckdb_error_data_has_error(data)) error = failure(duckdb_error_data_message(data));
    duckdb_destroy_error_data(&data);
    return error;
  }

  Status prepare(const std::string& sql) {
    duckdb_extracted_statements statements = nullptr;
    const idx_t count = duckdb_extract_statements(connection_.handle(), sql.c_str(), &statements);
    std::optional<Error> error;
    if (count == 0) {
      const char* message = duckdb_extract_statements_error(statements);
      error = message == nullptr ? Error::user("the query is empty") : failure(message);
    } else if (count > 1) {
      error = Error::user("a query is one statement, and here are several", "Run them one by one");
    } else if (duckdb_prepare_extracted_statement(connection_.handle(), statements, 0, &statement_) != DuckDBSuccess) {
      error = failure(duckdb_prepare_error(statement_));
    }
    duckdb_destroy_extracted(&statements);
    if (error) return std::unexpected(*std::move(error));
    const duckdb_statement_type type = duckdb_prepared_statement_type(statement_);
    if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
      return std::unexpected(Error::user("a query can't change the destination", "Only SELECT, and what else reads, is allowed"));
    }
    return {};
  }

  Status convert_schema() {
    const idx_t columns = duckdb_column_count(&result_);
    std::vector<LogicalType> owned;
    std::vector<duckdb_logical_type> types;
    std::vector<const char*> names;
    for (idx_t i = 0; i < columns; ++i) {
      owned.emplace_back(duckdb_column_logical_type(&result_, i));
      types.push_back(owned.back().handle());
      names.push_back(duckdb_column_name(&result_, i));
    }
    ArrowSchema exported{};
    duckdb_error_data failed = duckdb_to_arrow_schema(options_, types.data(), names.data(), columns, &exported);
    if (auto error = take_failure(failed)) return std::unexpected(*std::move(error));
    LAKEFLOW_ASSIGN(schema_, from_arrow(arrow::ImportSchema(&exported)));
    return {};
  }

  Connection connection_;
  const std::stop_token stop_;
  std::optional<std::stop_callback<Interrupt>> on_stop_;
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
  duckdb_result result_{};
  duckdb_arrow_options options_ = nullptr;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> open_query(std::shared_ptr<Database> database, std::string_view sql, std::stop_token stop) {
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(std::move(database)));
  auto reader = std::make_shared<QueryReader>(std::move(connection), std::move(stop));
  LAKEFLOW_TRY(reader->start(std::string(sql)));
  return reader;
}

}  // namespace lakeflow
