#include "engine/quarantine/drop.h"

#include <arrow/record_batch.h>

#include <memory>
#include <vector>

#include "engine/quarantine/quarantine_rows.h"

namespace lakeflow {

Result<DropReport> drop_from_quarantine(const DropRequest& request) {
  DropReport report;
  std::vector<QuarantineChange> changes;
  LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(*request.destination));
  LAKEFLOW_TRY(for_each_batch(*request.destination,
                              "SELECT id, reason FROM (" + quarantine_records_sql(*request.pipeline, request.filter, has_states) + ")",
                              [&](const arrow::RecordBatch& rows) -> Status {
                                for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
                                  const std::string reason = text_at(rows, "reason", row);
                                  ++report.entries;
                                  ++report.reasons[reason];
                                  changes.push_back({.id = text_at(rows, "id", row),
                                                     .kind = QuarantineChangeKind::kDropped,
                                                     .pipeline = request.pipeline->name,
                                                     .changed_by = request.by.user,
                                                     .run_id = {},
                                                     .reason = request.by.reason,
                                                     .detail = reason});
                                }
                                return {};
                              }));
  if (changes.empty()) {
    return report;
  }
  LAKEFLOW_TRY(request.confirm(report));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, request.destination->begin());
  LAKEFLOW_TRY(transaction->change_quarantine(changes));
  LAKEFLOW_TRY(transaction->commit());
  return report;
}

}  // namespace lakeflow
