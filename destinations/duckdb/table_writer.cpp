#include "destinations/duckdb/table_writer.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

TableWriter::TableWriter(Connection& connection, BatchScanner& scanner, TableKeys& keys, const ApplyPlan& plan, TableName rows, NarrowRows* narrow,
                         TakenBack& taken_back)
    : connection_(&connection),
      scanner_(&scanner),
      keys_(&keys),
      plan_(plan),
      rows_(std::move(rows)),
      narrow_(narrow),
      taken_back_(&taken_back),
      table_(quote_table(rows_)),
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

Result<std::uint64_t> TableWriter::delete_rows(const std::string& numbers) const {
  LAKEFLOW_ASSIGN(const std::uint64_t deleted, delete_rows_of(rows_, numbers));
  if (deleted > 0 && narrow_ != nullptr) narrow_->note_change();
  return deleted;
}

Result<std::uint64_t> TableWriter::delete_rows_of(const TableName& table, const std::string& numbers) const {
  return delete_numbered(*connection_, doing_, table, numbers, *taken_back_);
}

Result<std::uint64_t> TableWriter::update_rows(const std::string& assignments) const {
  LAKEFLOW_ASSIGN(const std::uint64_t updated, connection_->change(doing_, fmt::format("UPDATE {} SET {}", table_, assignments)));
  if (updated > 0 && narrow_ != nullptr) narrow_->note_change();
  return updated;
}

}  // namespace lakeflow
