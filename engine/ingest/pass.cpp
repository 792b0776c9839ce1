#include "engine/ingest/pass.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/ingest/committed_state.h"
#include "engine/ingest/ingest.h"
#include "engine/ingest/refresh.h"
#include "engine/plan/schema_contract.h"

namespace lakeflow {
namespace {

// A table with what decides which pass it belongs to.
struct Candidate {
  PlannedTable table;
  std::string group;  // empty: alone
  bool snapshot = false;
  bool reads_deletes = false;
  Offset offset;
  Offset deletes_offset;

  // A source table that goes to two destinations is read twice: a decoder gives a table's rows once.
  bool joins(const Pass& pass, const std::string& pass_group) const {
    return !group.empty() && !reads_deletes && group == pass_group && snapshot == pass.snapshot && offset == pass.offset &&
           std::none_of(pass.tables.begin(), pass.tables.end(),
                        [&](const PlannedTable& other) { return other.request.table_name == table.request.table_name; });
  }
};

bool needs_deletes_reader(LakeflowConnect& connector, const TableRequest& request, IngestionType type, ApplyMode mode) {
  if (type != IngestionType::kCdcWithDeletes || mode != ApplyMode::kChanges) {  // a table that only grows has no use for deletes
    return false;
  }
  auto* in_stream = dynamic_cast<DeletesInStream*>(&connector);
  return in_stream == nullptr || !in_stream->deletes_in_stream(request);
}

// Only with schema_contract: discard. Nothing where the table is not there yet: then it is made as the source has it.
Result<std::shared_ptr<arrow::Schema>> find_columns(Destination& destination, const TableName& table) {
  Result<std::shared_ptr<arrow::RecordBatchReader>> rows = destination.query(fmt::format(R"(SELECT * FROM "{}"."{}")", table.schema, table.table));
  if (rows) {
    return (*rows)->schema();
  }
  if (rows.error().kind() != ErrorKind::kUser) {
    return std::unexpected(std::move(rows).error());
  }
  return nullptr;
}

Result<Candidate> plan_table(const IngestRequest& request, const PipelineTable& table, std::size_t number, TimestampMicros run_started_at) {
  LakeflowConnect& connector = *request.connector;
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Schema> schema, connector.get_table_schema(table.source_table, table.table_options));
  LAKEFLOW_ASSIGN(TableMetadata metadata, connector.read_table_metadata(table.source_table, table.table_options));
  const bool snapshot = metadata.ingestion_type == IngestionType::kSnapshot;
  const StateOwner owner{request.pipeline->name, table.source_table, table.destination.text()};
  bool refreshing = request.full_refresh && !snapshot;
  if (!refreshing && !snapshot) {
    LAKEFLOW_ASSIGN(const std::optional<std::string> begun, request.destination->find_state(owner, kRefreshState));
    refreshing = begun.has_value();
  }
  PipelineTable landing = table;
  if (refreshing) {
    landing.destination = built_table(table.destination);
  }
  landing.schema_contract = table.schema_contract.value_or(request.pipeline->settings.schema_contract);
  std::vector<std::string> left_out;
  if (*landing.schema_contract == SchemaContract::kDiscard && !request.full_refresh) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Schema> columns, find_columns(*request.destination, landing.destination));
    if (columns) {
      schema = known_columns(*schema, *columns, left_out);
    }
  }
  LAKEFLOW_ASSIGN(TablePlan plan, TablePlan::make(landing, metadata, schema, run_started_at));
  LAKEFLOW_TRY(request.destination->accepts(plan.apply_plan()));
  const TableRequest table_request{table.source_table, table.table_options};
  const bool reads_deletes = needs_deletes_reader(connector, table_request, metadata.ingestion_type, plan.apply_plan().mode);
  StateOwner state_owner = refreshing ? built_owner(owner) : owner;

  Offset offset;
  Offset deletes_offset;
  if (!request.full_refresh && !snapshot) {
    LAKEFLOW_ASSIGN(offset, find_offset(*request.destination, state_owner, kOffsetState));
    LAKEFLOW_ASSIGN(deletes_offset, find_offset(*request.destination, state_owner, kDeletesOffsetState));
  }
  auto* shared = dynamic_cast<SharedPass*>(&connector);
  std::string group = shared == nullptr ? std::string() : shared->pass_group(table_request);
  return Candidate{.table = {.number = number,
                             .request = table_request,
                             .metadata = std::move(metadata),
                             .source_schema = std::move(schema),
                             .plan = std::move(plan),
                             .destination = table.destination,
                             .owner = owner,
                             .state_owner = std::move(state_owner),
                             .refreshing = refreshing,
                             .starts_empty = request.full_refresh,
                             .left_out = std::move(left_out)},
                   .group = std::move(group),
                   .snapshot = snapshot,
                   .reads_deletes = reads_deletes,
                   .offset = std::move(offset),
                   .deletes_offset = std::move(deletes_offset)};
}

}  // namespace

RunPlan plan_passes(const IngestRequest& request, const std::vector<const PipelineTable*>& tables, TimestampMicros run_started_at) {
  RunPlan plan;
  std::vector<std::string> groups;  // of plan.passes
  for (std::size_t number = 0; number < tables.size(); ++number) {
    Result<Candidate> candidate = plan_table(request, *tables[number], number, run_started_at);
    if (!candidate) {
      plan.failures.push_back({number, std::move(candidate).error()});
      continue;
    }
    std::size_t place = 0;
    while (place < plan.passes.size() && !candidate->joins(plan.passes[place], groups[place])) {
      ++place;
    }
    if (place == plan.passes.size()) {
      plan.passes.push_back(Pass{.tables = {},
                                 .shared = !candidate->group.empty(),
                                 .snapshot = candidate->snapshot,
                                 .reads_deletes = candidate->reads_deletes,
                                 .offset = std::move(candidate->offset),
                                 .deletes_offset = std::move(candidate->deletes_offset)});
      // A pass whose table's deletes are read after it stays that table's own.
      groups.push_back(candidate->reads_deletes ? std::string() : std::move(candidate->group));
    }
    plan.passes[place].tables.push_back(std::move(candidate->table));
  }
  return plan;
}

}  // namespace lakeflow
