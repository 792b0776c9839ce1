#include "engine/plan/table_plan.h"

#include <cstring>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "base/arrow_error.h"
#include "engine/plan/content_hash.h"
#include "engine/plan/framework_values.h"
#include "engine/plan/plan_rules.h"
#include "engine/plan/row_refusals.h"

namespace lakeflow {

struct TablePlan::Compiled {
  std::shared_ptr<arrow::Schema> source_schema;
  std::shared_ptr<arrow::Schema> rows_schema;
  std::shared_ptr<arrow::Schema> keys_schema;
  std::vector<ColumnPath> keys;
  std::vector<ColumnPath> sequences;
  ContentHash content_hash;
  ContentHash tracked_hash;  // where the plan merges versions
};

namespace {

std::vector<std::string> texts(const std::vector<ColumnPath>& paths) {
  std::vector<std::string> texts;
  for (const ColumnPath& path : paths) {
    texts.push_back(path.text());
  }
  return texts;
}

// A decoder or a reader that breaks its contract is found here, before it can read what is not there.
Status check_decoded(const DecodedTable& decoded, const RawRecords& raw, const arrow::Schema& schema) {
  if (!decoded.rows || !decoded.rows->schema()->Equals(schema, /*check_metadata=*/false)) {
    return std::unexpected(Error::internal("the decoder gave rows that don't have the table's schema"));
  }
  if (std::ssize(decoded.records) != decoded.rows->num_rows() || (decoded.rescued && decoded.rescued->length() != decoded.rows->num_rows())) {
    return std::unexpected(Error::internal("the decoder gave rows without their records"));
  }
  for (const std::uint32_t record : decoded.records) {
    if (record >= raw.size() || raw.record(record).origin >= raw.origins.size()) {
      return std::unexpected(Error::internal("the decoder or the reader named a record or an origin that is not there"));
    }
  }
  return {};
}

Result<std::shared_ptr<arrow::Array>> rescued_column(const DecodedTable& decoded) {
  if (decoded.rescued) {
    return decoded.rescued;
  }
  return from_arrow(arrow::MakeArrayOfNull(arrow::utf8(), decoded.rows->num_rows()));
}

Result<std::shared_ptr<arrow::Array>> hash_column(const ContentHash& content_hash, const DecodedTable& decoded) {
  const std::vector<std::uint64_t> hashes = content_hash.hash(*decoded.rows, decoded.rescued.get());
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Buffer> buffer, from_arrow(arrow::AllocateBuffer(std::ssize(hashes) * std::int64_t{sizeof(std::int64_t)})));
  if (!hashes.empty()) {
    std::memcpy(buffer->mutable_data(), hashes.data(), hashes.size() * sizeof(std::uint64_t));
  }
  return std::make_shared<arrow::Int64Array>(std::ssize(hashes), std::move(buffer), nullptr, 0);
}

}  // namespace

Result<TablePlan> TablePlan::make(const PipelineTable& table, const TableMetadata& metadata, std::shared_ptr<arrow::Schema> source_schema,
                                  TimestampMicros run_started_at) {
  const auto compile = [&]() -> Result<TablePlan> {
    LAKEFLOW_ASSIGN(const ApplyMode mode, choose_mode(table, metadata));
    auto compiled = std::make_shared<Compiled>();
    LAKEFLOW_ASSIGN(compiled->keys, find_keys(table, metadata, *source_schema, mode));
    LAKEFLOW_ASSIGN(compiled->sequences, find_sequences(table, metadata, *source_schema, mode));
    LAKEFLOW_TRY(check_clustering(table, *source_schema));
    LAKEFLOW_ASSIGN(compiled->content_hash, ContentHash::make(*source_schema));
    ApplyPlan plan;
    plan.target = table.destination;
    plan.mode = mode;
    plan.may_grow = table.schema_contract.value_or(SchemaContract::kEvolve) == SchemaContract::kEvolve;
    plan.history = choose_history(table, mode);
    plan.snapshot_at = run_started_at;
    LAKEFLOW_ASSIGN(const std::vector<ColumnPath> untracked, find_untracked(table, *source_schema, plan, compiled->sequences));
    plan.merges_versions = !untracked.empty();
    compiled->tracked_hash = compiled->content_hash.without(untracked);
    LAKEFLOW_ASSIGN(plan.schema, landed_schema(*source_schema, plan, compiled->sequences));
    compiled->rows_schema = rows_schema(plan);
    compiled->keys_schema = keys_schema(plan, compiled->keys, compiled->sequences);
    plan.key_columns = mode == ApplyMode::kAppend ? std::vector<std::string>() : texts(compiled->keys);
    plan.sequence_columns = texts(compiled->sequences);
    plan.partition_by = table.partition_by;
    compiled->source_schema = std::move(source_schema);
    return TablePlan(table, std::move(plan), std::move(compiled));
  };
  Result<TablePlan> plan = compile();
  if (!plan && !table.place.empty()) {
    return std::unexpected(plan.error().at(table.place));
  }
  return plan;
}

Result<PreparedRows> TablePlan::prepare(const DecodedTable& decoded, const RawRecords& raw, const RunStamp& run) const {
  LAKEFLOW_TRY(check_decoded(decoded, raw, *compiled_->source_schema));
  LAKEFLOW_ASSIGN(const RowRefusals refusals, RowRefusals::find(decoded, raw, apply_plan_.mode, compiled_->keys, compiled_->sequences));
  LAKEFLOW_ASSIGN(const DecodedTable kept, refusals.take_others(decoded));
  const std::int64_t rows = kept.rows->num_rows();

  PreparedRows prepared;
  prepared.rejects = refusals.rejects(decoded.records);
  arrow::ArrayVector columns = kept.rows->columns();
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> rescued, rescued_column(kept));
  prepared.rescued = static_cast<std::uint64_t>(rows - rescued->null_count());
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> files, source_files(kept.records, raw));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> positions, source_positions(kept.records, raw));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> ingestion_times, repeated_timestamp(run.started_at, rows));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> run_ids, repeated_text(run.run_id, rows));
  columns.insert(columns.end(), {std::move(rescued), std::move(files), std::move(positions), std::move(ingestion_times), std::move(run_ids)});

  if (apply_plan_.mode != ApplyMode::kAppend) {
    arrow::ArrayVector narrow;
    for (const std::vector<ColumnPath>* const paths : {&compiled_->keys, &compiled_->sequences}) {
      for (const ColumnPath& path : *paths) {
        LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> values, path.extract(*kept.rows));
        narrow.push_back(std::move(values));
      }
    }
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> delete_flags, deletes(kept.records, raw));
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> hashes, hash_column(compiled_->content_hash, kept));
    columns.push_back(hashes);
    narrow.insert(narrow.end(), {std::move(delete_flags), std::move(hashes)});
    if (apply_plan_.merges_versions) {
      LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> tracked, hash_column(compiled_->tracked_hash, kept));
      columns.push_back(tracked);
      narrow.push_back(std::move(tracked));
    }
    prepared.slice.keys = arrow::RecordBatch::Make(compiled_->keys_schema, rows, std::move(narrow));
  }
  prepared.slice.rows = arrow::RecordBatch::Make(compiled_->rows_schema, rows, std::move(columns));
  return prepared;
}

}  // namespace lakeflow
