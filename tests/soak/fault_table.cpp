#include "tests/soak/fault_table.h"

#include <fmt/format.h>

namespace lakeflow::test {

void FaultLine::add(const FaultVerdict& verdict) {
  faults += verdict.reached ? 1 : 0;
  crashed += verdict.crashed ? 1 : 0;
  lost += verdict.lost;
  torn += verdict.torn;
  doubled += verdict.doubled;
}

std::string table_head() { return "| pair | points | tried | faults | crashed | lost | torn | doubled |\n|---|---|---|---|---|---|---|---|\n"; }

std::string FaultLine::text() const {
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", pair, points, tried, faults, crashed, lost, torn, doubled);
}

}  // namespace lakeflow::test
