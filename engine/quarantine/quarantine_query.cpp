#include "engine/quarantine/quarantine_query.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "destinations/interface/sql_literal.h"

namespace lakeflow {

Result<bool> quarantine_has_states(Destination& destination) {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> reader,
                  destination.query("SELECT 1 FROM information_schema.columns WHERE table_schema = '_lakeflow' AND table_name = 'quarantine' AND "
                                    "column_name = 'state'"));
  std::shared_ptr<arrow::RecordBatch> batch;
  if (const arrow::Status status = reader->ReadNext(&batch); !status.ok()) {
    return std::unexpected(Error::destination("the quarantine could not be read: " + status.message()));
  }
  return batch != nullptr && batch->num_rows() > 0;
}

std::string quarantine_records_sql(const Pipeline& pipeline, const QuarantineFilter& filter, bool has_states) {
  const std::string columns =
      has_states
          ? "id, is_delete, landing_tables, times_seen, last_seen_at, state"
          : "md5(concat_ws('|', run_id, pipeline, source_table, destination_table, reason, origin, position, detail, md5(bytes))) AS id, "
            "false AS is_delete, destination_table AS landing_tables, 1::BIGINT AS times_seen, quarantined_at AS last_seen_at, 'open' AS state";
  std::string where = "pipeline = " + sql_literal(pipeline.name);
  if (!filter.source_table.empty()) {
    where += fmt::format(" AND (source_table = {}", sql_literal(filter.source_table));
    for (const PipelineTable& table : pipeline.tables) {
      if (table.source_table == filter.source_table) {
        where += fmt::format(" OR list_contains(string_split(landing_tables, ','), {})", sql_literal(table.destination.text()));
      }
    }
    where += ")";
  }
  if (!filter.reason.empty()) {
    where += " AND reason = " + sql_literal(filter.reason);
  }
  if (!filter.state.empty()) {
    where += " AND state = " + sql_literal(filter.state);
  }
  if (filter.last_seen_before) {
    where += fmt::format(" AND last_seen_at < make_timestamptz({}::BIGINT)", *filter.last_seen_before);
  }
  if (!filter.ids.empty()) {
    std::string any;
    for (const std::string& id : filter.ids) {
      any += fmt::format("{}starts_with(id, {})", any.empty() ? "" : " OR ", sql_literal(id));
    }
    where += " AND (" + any + ")";
  }
  return fmt::format(
      "SELECT * FROM (SELECT run_id, pipeline, quarantined_at, source_table, destination_table, reason, detail, origin, position, "
      "octet_length(bytes) AS size, bytes, {} FROM _lakeflow.quarantine) WHERE {}",
      columns, where);
}

}  // namespace lakeflow
