#include <nlohmann/json.hpp>

#include "engine/erase/erase.h"

namespace lakeflow {

std::string erasure_receipt(const ErasureReport& report) {
  using Json = nlohmann::ordered_json;
  Json tables = Json::array();
  for (const ErasureCounts::Table& table : report.counts.tables) {
    tables.push_back({{"table", table.table.text()}, {"rows", table.rows}, {"reached", table.is_reachable}});
  }
  const Json receipt = {{"pipeline", report.pipeline},
                        {"destination", report.destination},
                        {"tables", tables},
                        {"tombstones", report.counts.tombstones},
                        {"quarantined", report.counts.quarantined},
                        {"dead_letters", report.dead_letters},
                        {"not_reached", report.not_reached}};
  return receipt.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lakeflow
