#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/faults/fault.h"

namespace lakeflow {

// The faults that are in force. Any number of them at once, also several of a name. Which events a percentage hits follows
// from the seed and the number of the event alone, so that a run can be repeated. Thread-safe.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : seed_(seed) {}

  void add(Fault fault);
  void clear();

  // An event takes place in which the fault may strike: counts it, and returns the fault's value (perhaps empty) if one
  // of that name and subject strikes. Ask once for each event.
  std::optional<std::string> strikes(std::string_view name, const FaultSubject& subject);

  // What became of each fault so far, in the order in which they were added.
  struct Count {
    std::string fault;          // as it was written
    std::uint64_t events = 0;   // that it could have struck in
    std::uint64_t strikes = 0;  // in which it did
  };
  std::vector<Count> counts() const;

 private:
  struct Armed {
    Fault fault;
    std::uint64_t events = 0;
    std::uint64_t strikes = 0;
  };
  bool strikes_now(const Armed& armed, std::uint64_t salt) const;

  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::vector<Armed> armed_;
};

}  // namespace lakeflow
