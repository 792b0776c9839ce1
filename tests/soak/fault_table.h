#pragma once

#include <cstdint>
#include <string>

#include "tests/soak/fault_trial.h"

namespace lakeflow::test {

// What came of one kind of faults at the points of a pair's run from one beginning.
struct FaultLine {
  std::string pair;
  std::uint64_t calls = 0;   // of the undisturbed run: where a kill or an error can come
  std::uint64_t cuts = 0;    // or where the power can be cut
  std::uint64_t tried = 0;   // of these, those that got each of their faults
  std::uint64_t faults = 0;  // runs in which a fault came
  std::uint64_t crashed = 0;
  std::uint64_t lost = 0;
  std::uint64_t torn = 0;
  std::uint64_t doubled = 0;
  std::uint64_t complaints = 0;  // of any kind

  void add(const FaultVerdict& verdict);
  // As JSON, with an end of line.
  std::string json() const;
};

// Prints the line, and appends it to the file that LAKEFLOW_FAULT_TABLE names, if any; tests/soak/print_fault_table lays
// that out by pair.
void report(const FaultLine& line);

}  // namespace lakeflow::test
