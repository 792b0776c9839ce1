#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/clock.h"
#include "simulator/faults/fault_plan.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// The faults that any HTTP server can show, whatever it serves: a server has them among its own (http_fault_kinds()) and asks twice for each
// request: whether a fault answers in its place, and what becomes of the answer on the way. Thread-safe.
class HttpFaults {
 public:
  // Writes a refusal as the simulated system does: its body tells of the fault.
  using Refusal = std::function<HttpAnswer(int status, std::string_view reason)>;

  // The plan outlives this; what waits ends when a stop is asked for.
  HttpFaults(FaultPlan& plan, std::stop_token stop, Refusal refusal);

  // Waits where the answer is to be slow; then what is sent in place of an answer, if a fault says so. `now` is the server's clock.
  std::optional<HttpAnswer> answer(const ReceivedRequest& request, const FaultSubject& subject, TimestampMicros now);

  // Cuts, doubles, swells … the answer, whoever wrote it.
  void spoil(const FaultSubject& subject, HttpAnswer& answer);

 private:
  HttpAnswer later(int status, const std::string& wait, TimestampMicros now) const;
  void cut(std::string_view name, HttpAnswer::Ending ending, std::size_t default_bytes, const FaultSubject& subject, HttpAnswer& answer);

  FaultPlan& plan_;
  const std::stop_token stop_;
  const Refusal refusal_;
};

std::span<const FaultKind> http_fault_kinds();

}  // namespace lakeflow
