#include <nlohmann/json.hpp>

#include "engine/report/run_report.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Json error_json(const std::optional<Error>& error) {
  if (!error) {
    return nullptr;
  }
  Json json = {{"kind", error_kind_name(error->kind())}, {"message", error->message()}};
  if (!error->next_step().empty()) {
    json["next_step"] = error->next_step();
  }
  return json;
}

Json counts_by_reason(const std::map<std::string, std::uint64_t>& counts) {
  Json json = Json::object();
  for (const auto& [reason, count] : counts) {
    json[reason] = count;
  }
  return json;
}

Json table_json(const TableReport& table) {
  Json json = {{"source_table", table.source_table},
               {"destination_table", table.destination_table},
               {"rows_decoded", table.rows_decoded},
               {"inserted", table.counts.inserted},
               {"updated", table.counts.updated},
               {"unchanged", table.counts.unchanged},
               {"already_gone", table.counts.already_gone},
               {"superseded", table.counts.superseded},
               {"deleted", table.counts.deleted},
               {"absent", table.counts.absent},
               {"ended", table.counts.ended},
               {"merged", table.counts.merged},
               {"rejected", table.rejected},
               {"rescued", table.rescued},
               {"commits", table.commits},
               {"rows_now", table.rows_now ? Json(*table.rows_now) : Json(nullptr)},
               {"error", error_json(table.error)}};
  if (!table.column_changes.empty()) {
    json["column_changes"] = table.column_changes;
  }
  if (!table.note.empty()) {
    json["note"] = table.note;
  }
  return json;
}

Json pass_json(const PassReport& pass) {
  return {{"source_tables", pass.source_tables},
          {"bytes_read", pass.bytes_read},
          {"records_read", pass.records_read},
          {"records_decoded", pass.records_decoded},
          {"records_quarantined", pass.records_quarantined},
          {"records_filtered", counts_by_reason(pass.records_filtered)},
          {"rejects", counts_by_reason(pass.rejects)},
          {"remarks", counts_by_reason(pass.remarks)},
          {"commits", pass.commits},
          {"seconds", pass.seconds}};
}

}  // namespace

std::string to_json(const RunReport& report) {
  Json tables = Json::array();
  for (const TableReport& table : report.tables) {
    tables.push_back(table_json(table));
  }
  Json passes = Json::array();
  for (const PassReport& pass : report.passes) {
    passes.push_back(pass_json(pass));
  }
  const Json json = {{"run_id", report.run_id},
                     {"pipeline", report.pipeline},
                     {"destination", report.destination},
                     {"outcome", run_outcome_name(report.outcome)},
                     {"exit_code", report.exit_code()},
                     {"started_at", format_utc(report.started_at)},
                     {"finished_at", format_utc(report.finished_at)},
                     {"dry_run", report.dry_run},
                     {"full_refresh", report.full_refresh},
                     {"rows", report.rows()},
                     {"rejects", report.rejects()},
                     {"error", error_json(report.error)},
                     {"reader_abandoned", report.reader_abandoned},
                     {"tables", std::move(tables)},
                     {"passes", std::move(passes)}};
  // A name of a file may be no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lakeflow
