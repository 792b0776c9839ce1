#include "simulator/faults/fault_plan.h"

#include <utility>

#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

// "" is about everything, "orders" about all of orders, "orders#3" about its part 3.
bool concerns(std::string_view limit, const FaultSubject& subject) {
  if (limit.empty() || limit == subject.name) {
    return true;
  }
  return !subject.part.empty() && limit.size() == subject.name.size() + 1 + subject.part.size() && limit.starts_with(subject.name) &&
         limit[subject.name.size()] == '#' && limit.ends_with(subject.part);
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

std::optional<std::string> FaultPlan::strikes(std::string_view name, const FaultSubject& subject) {
  const std::scoped_lock lock(mutex_);
  std::optional<std::string> value;
  for (std::size_t i = 0; i < armed_.size(); ++i) {
    Armed& armed = armed_[i];
    if (armed.fault.name != name || !concerns(armed.fault.subject, subject)) {
      continue;
    }
    // All that concern the event count it, also where an earlier one has struck already.
    ++armed.events;
    if (!value && strikes_now(armed, i)) {
      value = armed.fault.value;
      ++armed.strikes;
    }
  }
  return value;
}

std::vector<FaultPlan::Count> FaultPlan::counts() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Count> counts;
  for (const Armed& armed : armed_) {
    counts.push_back({.fault = fault_text(armed.fault), .events = armed.events, .strikes = armed.strikes});
  }
  return counts;
}

bool FaultPlan::strikes_now(const Armed& armed, std::uint64_t salt) const {
  const FaultSchedule& schedule = armed.fault.schedule;
  switch (schedule.kind) {
    case FaultSchedule::Kind::kAlways: return true;
    case FaultSchedule::Kind::kFirst: return armed.events <= schedule.count;
    case FaultSchedule::Kind::kNumber: return armed.events == schedule.count;
    case FaultSchedule::Kind::kPercent: return seeded_fraction(seed_, salt, armed.events) * 100 < schedule.percent;
  }
  return false;
}

}  // namespace lakeflow
