#pragma once

#include <memory>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "destinations/socket/read_server.h"
#include "engine/monitor/run_monitor.h"
#include "engine/pipeline/pipeline.h"

namespace lakeflow {

class Console;

// The destination of a run, open for writing, and readable for others through the run while it is. Used by one thread.
class RunDestination {
 public:
  // All outlive it.
  RunDestination(const Pipeline& pipeline, const RunMonitor& monitor, Console& console) : pipeline_(pipeline), monitor_(monitor), console_(console) {}
  ~RunDestination() { close(); }
  RunDestination(const RunDestination&) = delete;
  RunDestination& operator=(const RunDestination&) = delete;

  // The destination, which belongs to this object.
  Result<Destination*> open();
  // Puts everything into its final place and lets go of the file; what goes wrong there is a warning, if it is to be said.
  void close(bool say_failure = true);

 private:
  const Pipeline& pipeline_;
  const RunMonitor& monitor_;
  Console& console_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<ReadServer> server_;  // reads of the destination
};

}  // namespace lakeflow
