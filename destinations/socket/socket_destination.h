#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// A process that runs a pipeline, as others can ask it.
class RunningProcess {
 public:
  virtual ~RunningProcess() = default;
  // What its ReadServerOptions::process_state says now.
  virtual Result<std::string> process_state() = 0;
};

// The destination that another process holds, for reading, by way of its ReadServer in this folder: the answers are the same as if it
// were open here. It is a RunningProcess too. Null where nobody answers: then the destination is free, or held by a program that is
// not ours. A destination error where one answers that is not to be trusted, as it runs for another user, or ends meanwhile.
Result<std::unique_ptr<Destination>> connect_to_run(const std::string& folder);

}  // namespace lakeflow
