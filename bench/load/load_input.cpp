#include "bench/load/load_input.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "bench/resources/resource_records.h"
#include "engine/decode/json_decoder.h"
#include "libs/fhir/resource_schema.h"

namespace lakeflow::bench {
namespace {

constexpr std::size_t kOneIn = 10;

Result<std::shared_ptr<arrow::Schema>> schema_of(const Shape& shape) {
  LAKEFLOW_ASSIGN(auto schema, fhir::resource_schema(shape.type, {.depth = shape.depth, .raw_json = shape.raw_json}));
  if (shape.columns.empty()) {
    return schema;
  }
  arrow::FieldVector fields;
  for (const std::string& column : shape.columns) {
    fields.push_back(schema->GetFieldByName(column));
  }
  return arrow::schema(std::move(fields));
}

Result<std::vector<DecodedBatch>> decode(const ResourceInput& input, const Shape& shape, const std::shared_ptr<arrow::Schema>& schema,
                                         const TablePlan& plan) {
  LAKEFLOW_ASSIGN(auto raw, resource_records(input));
  LAKEFLOW_ASSIGN(const auto decoder, make_json_decoder(schema));
  std::vector<DecodedBatch> batches;
  for (RawRecords& records : raw) {
    LAKEFLOW_ASSIGN(DecodedRecords decoded, decoder->decode(records));
    DecodedTable table = std::move(decoded.tables.front());
    if (!shape.columns.empty()) {
      table.rescued = nullptr;  // the other elements, which this table is not about
    }
    LAKEFLOW_ASSIGN(PreparedRows prepared, plan.prepare(table, records, {}));
    batches.push_back({std::move(records), std::move(table), std::move(prepared.slice)});
  }
  return batches;
}

}  // namespace

Result<LoadInput> load_input(const std::filesystem::path& folder, const Shape& shape) {
  LAKEFLOW_ASSIGN(const auto schema, schema_of(shape));
  const TableMetadata metadata{
      .ingestion_type = IngestionType::kCdc, .primary_keys = {"id"}, .cursor_field = "meta.lastUpdated", .subject_field = ""};
  PipelineTable table;
  table.source_table = shape.type;
  table.destination = {"bench", shape.type};
  LAKEFLOW_ASSIGN(TablePlan changes, TablePlan::make(table, metadata, schema));
  table.scd_type = ScdType::kType2;
  LAKEFLOW_ASSIGN(TablePlan history, TablePlan::make(table, metadata, schema));
  table.scd_type = ScdType::kAppendOnly;
  LAKEFLOW_ASSIGN(TablePlan append, TablePlan::make(table, metadata, schema));
  ResourceInput input{.folder = folder, .type = shape.type, .bytes = shape.megabytes * 1'000'000};
  LAKEFLOW_ASSIGN(auto first, decode(input, shape, schema, changes));
  input.version = 2;
  input.one_in = kOneIn;
  LAKEFLOW_ASSIGN(auto changed, decode(input, shape, schema, changes));
  return LoadInput{std::move(append), std::move(changes), std::move(history), std::move(first), std::move(changed)};
}

std::size_t rows_of(const std::vector<DecodedBatch>& batches) {
  std::size_t rows = 0;
  for (const DecodedBatch& batch : batches) {
    rows += static_cast<std::size_t>(batch.table.rows->num_rows());
  }
  return rows;
}

}  // namespace lakeflow::bench
