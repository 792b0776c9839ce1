#include <nlohmann/json.hpp>

#include "engine/quarantine/replay.h"

namespace lakeflow {

std::string to_json(const ReplayReport& report) {
  using Json = nlohmann::ordered_json;
  Json tables = Json::array();
  for (const TableReport& table : report.tables) {
    tables.push_back({{"source_table", table.source_table},
                      {"destination_table", table.destination_table},
                      {"rows_decoded", table.rows_decoded},
                      {"inserted", table.counts.inserted},
                      {"updated", table.counts.updated},
                      {"unchanged", table.counts.unchanged},
                      {"superseded", table.counts.superseded},
                      {"deleted", table.counts.deleted},
                      {"rejected", table.rejected}});
  }
  const Json document = {{"run_id", report.run_id},           {"dry_run", report.dry_run},           {"entries", report.entries},
                         {"replayed", report.replayed},       {"failed_again", report.failed_again}, {"failures", report.failures},
                         {"passed_over", report.passed_over}, {"problems", report.problems},         {"tables", tables},
                         {"stopped", report.stopped}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lakeflow
