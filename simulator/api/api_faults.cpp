#include <vector>

#include "simulator/api/api_simulator.h"
#include "simulator/api/listing_service.h"
#include "simulator/http/http_faults.h"

namespace lakeflow {

std::span<const FaultKind> api_fault_kinds() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> all(http_fault_kinds().begin(), http_fault_kinds().end());
    all.insert(all.end(), listing_fault_kinds().begin(), listing_fault_kinds().end());
    all.push_back({.name = "bad-tls",
                   .value = FaultKind::Value::kChoice,
                   .default_value = "expired",
                   .choice = "expired|wrong-host|self-signed|cut",
                   .help = "Shows a new connection a bad certificate: expired, of another host, by nobody known; or ends it at once (=cut)."});
    all.push_back(
        {.name = "clock-skew", .value = FaultKind::Value::kNumber, .help = "The source's clock is so many seconds ahead (behind, where negative)."});
    all.push_back(
        {.name = "late-commit",
         .value = FaultKind::Value::kNumber,
         .default_value = "3",
         .help =
             "A record that is written (@orders#written), or of the last of the start (@orders#start), is seen so many seconds after its stamp."});
    return all;
  }();
  return kinds;
}

}  // namespace lakeflow
