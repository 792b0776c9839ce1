#include "destinations/duckdb/table_writer.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

TableWriter::TableWriter(Connection& connection, BatchScanner& scanner, TableKeys& keys, const ApplyPlan& plan)
    : connection_(&connection),
      scanner_(&scanner),
      keys_(&keys),
      plan_(plan),
      table_(quote_table(plan.target)),
      doing_("writing to table " + plan.target.text()) {}

Status TableWriter::insert(const std::shared_ptr<arrow::RecordBatch>& batch, std::optional<std::vector<std::uint32_t>> rows,
                           const std::string& start_at) {
  if (batch->num_rows() == 0 || (rows && rows->empty())) return {};
  std::string columns;
  for (const auto& field : batch->schema()->fields()) columns += (columns.empty() ? "" : ", ") + quote_identifier(field->name());
  LAKEFLOW_ASSIGN(const ScannableBatch source, scanner_->offer(batch, std::move(rows)));
  const std::string targets = start_at.empty() ? columns : columns + ", " + quote_identifier(kStartAtColumn);
  const std::string values = start_at.empty() ? columns : columns + ", " + start_at;
  return connection_->execute(doing_, fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", table_, targets, values, source.sql()));
}

}  // namespace lakeflow
