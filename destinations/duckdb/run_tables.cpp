#include "destinations/duckdb/run_tables.h"

#include <fmt/format.h>

#include <string>

#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "writing the run's log";

std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

// MAP {'already_read': 3}
std::string counts_by_reason(const std::map<std::string, std::uint64_t>& counts) {
  std::string entries;
  for (const auto& [reason, count] : counts) entries += fmt::format("{}{}: {}", entries.empty() ? "" : ", ", quote_text(reason), count);
  return "MAP {" + entries + "}::MAP(VARCHAR, BIGINT)";
}

}  // namespace

Status insert_commit(Connection& connection, std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) {
  const Timestamp now{now_micros()};
  const Parameter line[] = {run_id,
                            number(pass.chunk),
                            now,
                            std::string_view(pass.tables),
                            number(pass.bytes_read),
                            number(pass.records_read),
                            number(pass.records_decoded),
                            number(pass.records_quarantined)};
  LAKEFLOW_TRY(connection.execute(
      kDoing, fmt::format("INSERT INTO _lakeflow.passes VALUES ($1, $2, $3, $4, $5, $6, $7, $8, {})", counts_by_reason(pass.records_filtered)),
      line));
  for (const TableCommit& table : tables) {
    const Parameter values[] = {run_id,
                                number(pass.chunk),
                                now,
                                std::string_view(table.owner.pipeline),
                                std::string_view(table.owner.source_table),
                                std::string_view(table.owner.destination_table),
                                number(table.rows_decoded),
                                number(table.rejected),
                                number(table.rescued),
                                number(table.counts.inserted),
                                number(table.counts.updated),
                                number(table.counts.unchanged),
                                number(table.counts.superseded),
                                number(table.counts.deleted),
                                number(table.counts.absent)};
    LAKEFLOW_TRY(connection.execute(kDoing, "INSERT INTO _lakeflow.commits VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                                    values));
  }
  return {};
}

Status replace_run(Connection& connection, const RunLine& run) {
  const Parameter id[] = {std::string_view(run.run_id)};
  LAKEFLOW_TRY(connection.execute(kDoing, "DELETE FROM _lakeflow.runs WHERE run_id = $1", id));
  const Parameter line[] = {std::string_view(run.run_id),  std::string_view(run.pipeline),
                            Timestamp{run.started_at},     run.finished_at ? Parameter(Timestamp{*run.finished_at}) : Parameter(nullptr),
                            std::string_view(run.outcome), std::string_view(run.error)};
  return connection.execute(kDoing, "INSERT INTO _lakeflow.runs VALUES ($1, $2, $3, $4, $5, $6)", line);
}

Status insert_failures(Connection& connection, std::string_view run_id, std::span<const TableFailure> failures) {
  for (const TableFailure& failure : failures) {
    const Parameter line[] = {run_id,
                              Timestamp{now_micros()},
                              std::string_view(failure.owner.pipeline),
                              std::string_view(failure.owner.source_table),
                              std::string_view(failure.owner.destination_table),
                              std::string_view(failure.kind),
                              std::string_view(failure.message)};
    LAKEFLOW_TRY(connection.execute(kDoing, "INSERT INTO _lakeflow.failures VALUES ($1, $2, $3, $4, $5, $6, $7)", line));
  }
  return {};
}

Status insert_state_change(Connection& connection, const StateChange& change) {
  const auto blob = [](const std::optional<std::string>& value) { return value ? Parameter(Blob{*value}) : Parameter(nullptr); };
  const Parameter line[] = {Timestamp{now_micros()},
                            std::string_view(change.changed_by),
                            std::string_view(change.owner.pipeline),
                            std::string_view(change.owner.source_table),
                            std::string_view(change.owner.destination_table),
                            std::string_view(change.name),
                            blob(change.old_value),
                            blob(change.new_value),
                            std::string_view(change.reason)};
  return connection.execute("writing down a change of state", "INSERT INTO _lakeflow.state_changes VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                            line);
}

}  // namespace lakeflow
