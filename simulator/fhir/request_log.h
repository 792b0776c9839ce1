#pragma once

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "simulator/fhir/fhir_simulator.h"

namespace lakeflow {

// The last requests that were answered. Thread-safe.
class RequestLog {
 public:
  void add(FhirSimulatorRequest request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(std::move(request));
    if (requests_.size() > kMost) {
      requests_.pop_front();
    }
  }

  std::vector<FhirSimulatorRequest> all() const {
    const std::scoped_lock lock(mutex_);
    return {requests_.begin(), requests_.end()};
  }

  void clear() {
    const std::scoped_lock lock(mutex_);
    requests_.clear();
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  mutable std::mutex mutex_;
  std::deque<FhirSimulatorRequest> requests_;
};

}  // namespace lakeflow
