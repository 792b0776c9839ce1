#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

#include "destinations/interface/destination.h"

namespace lakeflow {

// Ends what a destination is doing once a stop is so long ago: a thread of its own, as the one that applies may be within a call of seconds.
// From then on until this object goes, all that is not a commit fails with an error of the kind interrupted.
class ApplyInterrupter {
 public:
  // The destination outlives this object.
  ApplyInterrupter(Destination& destination, std::stop_token stop, std::chrono::milliseconds patience);

 private:
  std::jthread thread_;
};

}  // namespace lakeflow
