#pragma once

#include <string>
#include <vector>

#include "engine/monitor/process_snapshot.h"

namespace lakeflow {

// Whether a continuous ingest does what it is there for. Healthy: every table was read to its end within the allowed time (three
// intervals, but not less than a minute; from the start of the process where there was no success yet), and none failed the last
// time. A first failure is already one: who wants to be patient asks again.
struct Health {
  std::vector<std::string> problems;  // a sentence each; empty: healthy
  bool healthy() const { return problems.empty(); }
};

Health judge(const ProcessSnapshot& snapshot);

// "90 s", "12 min", "3.5 h", "2.1 d".
std::string duration_text(double seconds);

}  // namespace lakeflow
