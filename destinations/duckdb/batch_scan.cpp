#include "destinations/duckdb/batch_scan.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/arrow_error.h"
#include "destinations/duckdb/arrow_block.h"
#include "destinations/sql/column_type.h"

namespace lakeflow {

// How the batches of a schema become DuckDB's columns.
class BatchLayout {
 public:
  BatchLayout(std::shared_ptr<arrow::Schema> schema, std::vector<LogicalType> types) : schema_(std::move(schema)), types_(std::move(types)) {}
  BatchLayout(const BatchLayout&) = delete;
  BatchLayout& operator=(const BatchLayout&) = delete;
  ~BatchLayout() { duckdb_destroy_arrow_converted_schema(&converted_); }

  const arrow::Schema& schema() const { return *schema_; }
  const std::vector<LogicalType>& types() const { return types_; }
  duckdb_arrow_converted_schema& converted() { return converted_; }
  duckdb_arrow_converted_schema converted() const { return converted_; }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<LogicalType> types_;
  duckdb_arrow_converted_schema converted_ = nullptr;
};

struct BatchScan {
  duckdb_connection connection = nullptr;
  std::shared_ptr<const BatchLayout> layout;
  std::shared_ptr<arrow::RecordBatch> batch;
  std::optional<std::vector<std::uint32_t>> rows;
  bool numbered = false;

  idx_t cardinality() const { return rows ? rows->size() : static_cast<idx_t>(batch->num_rows()); }
};

// The batches on offer, by number. Thread-safe: a user's query may name any number at any time.
class BatchScanRegistry {
 public:
  std::int64_t add(BatchScan scan) {
    const std::lock_guard lock(mutex_);
    scans_.emplace(++last_, std::make_shared<const BatchScan>(std::move(scan)));
    return last_;
  }
  void remove(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    scans_.erase(number);
  }
  std::shared_ptr<const BatchScan> find(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = scans_.find(number);
    return found == scans_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;
  std::int64_t last_ = 0;
  std::map<std::int64_t, std::shared_ptr<const BatchScan>> scans_;
};

namespace {

constexpr const char* kFunctionName = "lakeflow_rows";
constexpr const char* kRowColumn = "row";

template <typename T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

class DataChunk {
 public:
  DataChunk() = default;
  DataChunk(const DataChunk&) = delete;
  DataChunk& operator=(const DataChunk&) = delete;
  ~DataChunk() { duckdb_destroy_data_chunk(&handle); }
  duckdb_data_chunk handle = nullptr;
};

// What DuckDB's threads share of one scan: the next block that nobody reads yet.
struct ScanProgress {
  std::atomic<std::int64_t> next_block{0};
};

void bind(duckdb_bind_info info) {
  auto& registry = *static_cast<std::shared_ptr<BatchScanRegistry>*>(duckdb_bind_get_extra_info(info));
  duckdb_value number = duckdb_bind_get_parameter(info, 0);
  std::shared_ptr<const BatchScan> scan = registry->find(duckdb_get_int64(number));
  duckdb_destroy_value(&number);
  if (!scan) {
    duckdb_bind_set_error(info, "lakeflow_rows serves this program alone");
    return;
  }
  const BatchLayout& layout = *scan->layout;
  for (std::size_t i = 0; i < layout.types().size(); ++i) {
    duckdb_bind_add_result_column(info, layout.schema().field(static_cast<int>(i))->name().c_str(), layout.types()[i].handle());
  }
  if (scan->numbered) duckdb_bind_add_result_column(info, kRowColumn, LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT)).handle());
  duckdb_bind_set_cardinality(info, scan->cardinality(), true);
  duckdb_bind_set_bind_data(info, new std::shared_ptr<const BatchScan>(std::move(scan)), destroy<std::shared_ptr<const BatchScan>>);
}

void begin_scan(duckdb_init_info info) {
  const auto& scan = *static_cast<std::shared_ptr<const BatchScan>*>(duckdb_init_get_bind_data(info));
  const idx_t blocks = static_cast<idx_t>(scan->batch->num_rows()) / duckdb_vector_size() + 1;
  duckdb_init_set_init_data(info, new ScanProgress, destroy<ScanProgress>);
  duckdb_init_set_max_threads(info, blocks);
}

// Gives the rows of one block that are asked for; false (and an error set) where the conversion failed.
bool give_block(duckdb_function_info info, const BatchScan& scan, std::int64_t start, std::int64_t length, duckdb_data_chunk output) {
  std::span<const std::uint32_t> chosen;
  if (scan.rows) {
    const auto first = std::lower_bound(scan.rows->begin(), scan.rows->end(), start);
    chosen = {first, std::lower_bound(first, scan.rows->end(), start + length)};
    if (chosen.empty()) return true;
    // Only what lies between the first and the last of them is converted.
    length = chosen.back() + std::int64_t{1} - chosen.front();
    start = chosen.front();
  }
  ArrowArray exported{};
  const Result<std::shared_ptr<arrow::RecordBatch>> block = arrow_block(*scan.batch, start, length);
  if (!block || !arrow::ExportRecordBatch(**block, &exported).ok()) {
    duckdb_function_set_error(info, "Out of Memory Error: a batch could not be handed over");
    return false;
  }
  DataChunk converted;
  duckdb_error_data failure = duckdb_data_chunk_from_arrow(scan.connection, &exported, scan.layout->converted(), &converted.handle);
  if (exported.release != nullptr) exported.release(&exported);
  if (failure != nullptr) {
    const bool failed = duckdb_error_data_has_error(failure);
    if (failed) duckdb_function_set_error(info, duckdb_error_data_message(failure));
    duckdb_destroy_error_data(&failure);
    if (failed) return false;
  }
  const idx_t columns = scan.layout->types().size();
  const bool all = !scan.rows || static_cast<std::int64_t>(chosen.size()) == length;
  const idx_t size = all ? static_cast<idx_t>(length) : chosen.size();
  duckdb_selection_vector selection = all ? nullptr : duckdb_create_selection_vector(size);
  if (!all) {
    sel_t* positions = duckdb_selection_vector_get_data_ptr(selection);
    for (std::size_t i = 0; i < chosen.size(); ++i) positions[i] = static_cast<sel_t>(chosen[i] - start);
  }
  for (idx_t i = 0; i < columns; ++i) {
    duckdb_vector to = duckdb_data_chunk_get_vector(output, i);
    duckdb_vector_reference_vector(to, duckdb_data_chunk_get_vector(converted.handle, i));
    if (!all) duckdb_slice_vector(to, selection, size);
  }
  if (!all) duckdb_destroy_selection_vector(selection);
  if (scan.numbered) {
    auto* numbers = static_cast<std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(output, columns)));
    for (idx_t i = 0; i < size; ++i) numbers[i] = all ? start + static_cast<std::int64_t>(i) : chosen[i];
  }
  duckdb_data_chunk_set_size(output, size);
  return true;
}

void scan_block(duckdb_function_info info, duckdb_data_chunk output) {
  const BatchScan& scan = **static_cast<std::shared_ptr<const BatchScan>*>(duckdb_function_get_bind_data(info));
  auto& progress = *static_cast<ScanProgress*>(duckdb_function_get_init_data(info));
  const auto block = static_cast<std::int64_t>(duckdb_vector_size());
  duckdb_data_chunk_set_size(output, 0);
  while (duckdb_data_chunk_get_size(output) == 0) {
    const std::int64_t start = progress.next_block.fetch_add(1) * block;
    if (start >= scan.batch->num_rows()) return;
    if (!give_block(info, scan, start, std::min(block, scan.batch->num_rows() - start), output)) return;
  }
}

}  // namespace

ScannableBatch::ScannableBatch(std::shared_ptr<BatchScanRegistry> registry, std::int64_t number)
    : registry_(std::move(registry)), number_(number), sql_(fmt::format("{}({})", kFunctionName, number)) {}

ScannableBatch::ScannableBatch(ScannableBatch&& other) noexcept
    : registry_(std::move(other.registry_)), number_(other.number_), sql_(std::move(other.sql_)) {}

ScannableBatch::~ScannableBatch() {
  if (registry_) registry_->remove(number_);
}

BatchScanner::BatchScanner(Connection& connection) : connection_(&connection), registry_(std::make_shared<BatchScanRegistry>()) {}

Status BatchScanner::register_function() {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, kFunctionName);
  duckdb_table_function_add_parameter(function, LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT)).handle());
  duckdb_table_function_set_extra_info(function, new std::shared_ptr<BatchScanRegistry>(registry_), destroy<std::shared_ptr<BatchScanRegistry>>);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, begin_scan);
  duckdb_table_function_set_function(function, scan_block);
  const duckdb_state state = duckdb_register_table_function(connection_->handle(), function);
  duckdb_destroy_table_function(&function);
  if (state != DuckDBSuccess) return std::unexpected(Error::internal("DuckDB does not take a table function"));
  return {};
}

Result<std::shared_ptr<const BatchLayout>> BatchScanner::layout_of(const std::shared_ptr<arrow::Schema>& schema) {
  if (const auto found = layouts_.find(schema.get()); found != layouts_.end()) return found->second;
  std::vector<LogicalType> types;
  for (const auto& field : schema->fields()) {
    LAKEFLOW_ASSIGN(ColumnType type, ColumnType::from_arrow(*field->type()));
    types.push_back(type.logical_type());
  }
  auto layout = std::make_shared<BatchLayout>(schema, std::move(types));
  ArrowSchema exported{};
  LAKEFLOW_TRY(from_arrow(arrow::ExportSchema(*schema, &exported)));
  duckdb_error_data failure = duckdb_schema_from_arrow(connection_->handle(), &exported, &layout->converted());
  if (exported.release != nullptr) exported.release(&exported);
  if (failure != nullptr) {
    const bool failed = duckdb_error_data_has_error(failure);
    const std::string message = failed ? duckdb_error_data_message(failure) : "";
    duckdb_destroy_error_data(&failure);
    if (failed) return std::unexpected(Error::internal("DuckDB does not take an Arrow schema: " + message));
  }
  // Schemas come and go with the tables of a run; what is in use is held by its scan.
  if (layouts_.size() >= 64) layouts_.clear();
  layouts_.emplace(schema.get(), layout);
  return layout;
}

Result<ScannableBatch> BatchScanner::offer(std::shared_ptr<arrow::RecordBatch> batch, std::optional<std::vector<std::uint32_t>> rows) {
  return add(std::move(batch), std::move(rows), false);
}

Result<ScannableBatch> BatchScanner::offer_numbered(std::shared_ptr<arrow::RecordBatch> batch) { return add(std::move(batch), std::nullopt, true); }

Result<ScannableBatch> BatchScanner::add(std::shared_ptr<arrow::RecordBatch> batch, std::optional<std::vector<std::uint32_t>> rows, bool numbered) {
  LAKEFLOW_ASSIGN(std::shared_ptr<const BatchLayout> layout, layout_of(batch->schema()));
  const std::int64_t number = registry_->add({connection_->handle(), std::move(layout), std::move(batch), std::move(rows), numbered});
  return ScannableBatch(registry_, number);
}

}  // namespace lakeflow
