#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/interface/destination.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// _lakeflow.quarantine and _lakeflow.quarantine_changes, within the open transaction (Transaction::quarantine, change_quarantine).
Result<std::vector<std::size_t>> insert_quarantined(Connection& connection, BatchScanner& scanner, std::string_view run_id, std::string_view pipeline,
                                                    std::span<const QuarantinedRecord> records);
Status change_quarantined(Connection& connection, BatchScanner& scanner, std::span<const QuarantineChange> changes);

}  // namespace lakeflow
