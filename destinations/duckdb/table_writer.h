#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/duckdb/table_keys.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// Writes one table's rows within the open transaction. `connection` and `scanner` outlive it.
class TableWriter {
 public:
  // `keys` are the table's; they outlive it, too.
  TableWriter(Connection& connection, BatchScanner& scanner, TableKeys& keys, const ApplyPlan& plan);

  // Appends the batch's rows with these numbers (ascending), or all of them, each written once. `start_at`: SQL over the batch's columns
  // for __START_AT, where the table has that.
  Status insert(const std::shared_ptr<arrow::RecordBatch>& batch, std::optional<std::vector<std::uint32_t>> rows = std::nullopt,
                const std::string& start_at = "");

  Connection& connection() const { return *connection_; }
  BatchScanner& scanner() const { return *scanner_; }
  TableKeys& keys() const { return *keys_; }
  const ApplyPlan& plan() const { return plan_; }
  const std::string& table() const { return table_; }  // quoted
  const std::string& doing() const { return doing_; }  // for errors

 private:
  Connection* connection_;
  BatchScanner* scanner_;
  TableKeys* keys_;
  ApplyPlan plan_;
  std::string table_;
  std::string doing_;
};

}  // namespace lakeflow
