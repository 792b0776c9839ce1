#pragma once

#include <cstdint>
#include <string>

#include "tests/soak/fault_trial.h"

namespace lakeflow::test {

// One line of the table of docs/reliability.md: a pair, and what came of the faults at its points.
struct FaultLine {
  std::string pair;
  std::uint64_t points = 0;  // calls of the undisturbed run, all beginnings together
  std::uint64_t tried = 0;   // of them, those that got each of the faults
  std::uint64_t faults = 0;  // runs in which a fault came
  std::uint64_t crashed = 0;
  std::uint64_t lost = 0;
  std::uint64_t torn = 0;
  std::uint64_t doubled = 0;

  void add(const FaultVerdict& verdict);
  // With the columns of table_head().
  std::string text() const;
};

std::string table_head();

}  // namespace lakeflow::test
