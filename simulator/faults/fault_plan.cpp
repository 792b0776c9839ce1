#include "simulator/faults/fault_plan.h"

#include <utility>

namespace lakeflow {
namespace {

// A number in [0, 1) that follows from its arguments alone: SplitMix64 (Steele, Lea, Flood 2014).
double fraction_of(std::uint64_t seed, std::uint64_t salt, std::uint64_t event) {
  std::uint64_t x = seed + (salt + 1) * 0x9E3779B97F4A7C15U + event * 0xD1B54A32D192ED03U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  x ^= x >> 31U;
  return static_cast<double>(x >> 11U) / 9007199254740992.0;
}

}  // namespace

void FaultPlan::add(Fault fault) {
  const std::scoped_lock lock(mutex_);
  armed_.push_back({.fault = std::move(fault)});
}

void FaultPlan::clear() {
  const std::scoped_lock lock(mutex_);
  armed_.clear();
}

std::optional<std::string> FaultPlan::strikes(std::string_view name, std::string_view subject) {
  const std::scoped_lock lock(mutex_);
  std::optional<std::string> value;
  for (std::size_t i = 0; i < armed_.size(); ++i) {
    Armed& armed = armed_[i];
    if (armed.fault.name != name || (!armed.fault.subject.empty() && armed.fault.subject != subject)) {
      continue;
    }
    // All that concern the event count it, also where an earlier one has struck already.
    ++armed.events;
    if (!value && strikes_now(armed, i)) {
      value = armed.fault.value;
    }
  }
  return value;
}

bool FaultPlan::strikes_now(const Armed& armed, std::uint64_t salt) const {
  const FaultSchedule& schedule = armed.fault.schedule;
  switch (schedule.kind) {
    case FaultSchedule::Kind::kAlways: return true;
    case FaultSchedule::Kind::kFirst: return armed.events <= schedule.count;
    case FaultSchedule::Kind::kNumber: return armed.events == schedule.count;
    case FaultSchedule::Kind::kPercent: return fraction_of(seed_, salt, armed.events) * 100 < schedule.percent;
  }
  return false;
}

}  // namespace lakeflow
