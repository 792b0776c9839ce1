#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/duckdb/narrow_rows.h"
#include "destinations/duckdb/stored_table.h"
#include "destinations/duckdb/table_keys.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// Writes one table's rows within the open transaction. `connection` and `scanner` outlive it.
class TableWriter {
 public:
  // `keys` are the table's; they outlive it, too.
  // `rows` is the table that they lie in, `narrow` what knows of its columns where the plan's table is a view over it, which outlives it, too, as
  // does `taken_back`.
  TableWriter(Connection& connection, BatchScanner& scanner, TableKeys& keys, const ApplyPlan& plan, TableName rows, NarrowRows* narrow,
              TakenBack& taken_back);

  // Appends the batch's rows with these numbers (ascending), or all of them, each written once. `start_at`: SQL over the batch's columns
  // for __START_AT, where the table has that.
  Status insert(const std::shared_ptr<arrow::RecordBatch>& batch, std::optional<std::vector<std::uint32_t>> rows = std::nullopt,
                const std::string& start_at = "");

  // Deletes the rows whose numbers a SELECT gives, and returns how many.
  Result<std::uint64_t> delete_rows(const std::string& numbers) const;
  // `assignments` and all that may follow in an UPDATE; the number of rows.
  Result<std::uint64_t> update_rows(const std::string& assignments) const;

  // The same of another table (no view) that goes with it.
  Result<std::uint64_t> delete_rows_of(const TableName& table, const std::string& numbers) const;
  Connection& connection() const { return *connection_; }
  BatchScanner& scanner() const { return *scanner_; }
  TableKeys& keys() const { return *keys_; }
  const ApplyPlan& plan() const { return plan_; }
  const std::string& table() const { return table_; }  // that the rows lie in, quoted
  const std::string& doing() const { return doing_; }  // for errors

 private:
  Connection* connection_;
  BatchScanner* scanner_;
  TableKeys* keys_;
  ApplyPlan plan_;
  TableName rows_;
  NarrowRows* narrow_;
  TakenBack* taken_back_;
  std::string table_;
  std::string doing_;
};

}  // namespace lakeflow
