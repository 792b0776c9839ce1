#include "tests/soak/fault_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace lakeflow::test {

void FaultLine::add(const FaultVerdict& verdict) {
  faults += verdict.reached ? 1 : 0;
  crashed += verdict.crashed ? 1 : 0;
  lost += verdict.lost;
  torn += verdict.torn;
  doubled += verdict.doubled;
  complaints += verdict.complaints.size();
}

std::string FaultLine::json() const {
  return fmt::format(
      R"({{"pair": "{}", "calls": {}, "cuts": {}, "tried": {}, "faults": {}, "crashed": {}, "lost": {}, "torn": {}, "doubled": {}, "complaints": {}}})"
      "\n",
      pair, calls, cuts, tried, faults, crashed, lost, torn, doubled, complaints);
}

void report(const FaultLine& line) {
  std::fputs(line.json().c_str(), stdout);
  const char* file = std::getenv("LAKEFLOW_FAULT_TABLE");
  if (file == nullptr) return;
  std::ofstream table(file, std::ios::app);
  // In one write: other processes append, too.
  table << line.json() << std::flush;
  EXPECT_TRUE(table.good()) << file;
}

}  // namespace lakeflow::test
