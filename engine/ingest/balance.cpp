#include "engine/ingest/balance.h"

#include <fmt/format.h>

namespace lakeflow {

Status check_balance(const PassCommit& pass) {
  std::uint64_t filtered = 0;
  for (const auto& [reason, count] : pass.records_filtered) {
    filtered += count;
  }
  if (pass.records_read == pass.records_decoded + pass.records_quarantined + filtered) {
    return {};
  }
  return std::unexpected(Error::internal(fmt::format("the records of {} don't add up: {} read, but {} decoded + {} quarantined + {} filtered",
                                                     pass.tables, pass.records_read, pass.records_decoded, pass.records_quarantined, filtered)));
}

Status check_balance(const TableCommit& table, std::uint64_t rows_before, std::uint64_t rows_after) {
  const ApplyCounts& counts = table.counts;
  if (table.rows_decoded != counts.rows() + table.rejected) {
    return std::unexpected(Error::internal(
        fmt::format("the rows of {} don't add up: {} decoded, but {} inserted + {} updated + {} unchanged + {} superseded + {} deleted + {} rejected",
                    table.owner.destination_table, table.rows_decoded, counts.inserted, counts.updated, counts.unchanged, counts.superseded,
                    counts.deleted, table.rejected)));
  }
  const auto merged = static_cast<std::uint64_t>(counts.merged);  // modulo 2^64, as all of the sum is
  if (rows_before + counts.inserted + counts.ended != rows_after + counts.deleted + counts.absent + merged) {
    return std::unexpected(Error::internal(fmt::format(
        "{} went from {} to {} rows, but {} were inserted, {} deleted and {} absent; of versions {} were ended and {} merged",
        table.owner.destination_table, rows_before, rows_after, counts.inserted, counts.deleted, counts.absent, counts.ended, counts.merged)));
  }
  return {};
}

}  // namespace lakeflow
