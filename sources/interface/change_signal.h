#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/logging.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// Ends with its destruction, which takes less than a second and waits for a call of on_change that is under way.
class ChangeWatch {
 public:
  virtual ~ChangeWatch() = default;
};

// An optional ability: the connector notices by itself that there is something new to be read, as files arrive or a stream brings messages. Who runs
// again and again then need not wait for the next beat.
//
// A signal is a hint and no promise: one may come without anything new, and what no signal told of (a network file system, a watch that could not
// be had) is read at the next beat. So a beat remains, and nothing is lost by a watch that is blind.
class ChangeSignal {
 public:
  virtual ~ChangeSignal() = default;
  // Begins to watch for changes of these tables. on_change is called with the names of those that may have something that can be read now; from
  // any thread, one call at a time, and it returns quickly. Null where nothing can be watched; the log says so where somebody may wonder. The watch
  // goes before the connector and what on_change uses.
  virtual std::unique_ptr<ChangeWatch> watch_changes(std::span<const TableRequest> tables,
                                                     std::function<void(const std::vector<std::string>& tables)> on_change, Logger& log) = 0;
};

}  // namespace lakeflow
