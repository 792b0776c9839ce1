#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "testing/connector/connector_suite.h"

namespace lakeflow {

// What a check says.
struct Finding {
  Verdict verdict = Verdict::kSkipped;
  std::string evidence;
};

template <typename... Arguments>
Finding passed(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {Verdict::kPassed, fmt::format(text, std::forward<Arguments>(arguments)...)};
}
template <typename... Arguments>
Finding failed(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {Verdict::kFailed, fmt::format(text, std::forward<Arguments>(arguments)...)};
}
template <typename... Arguments>
Finding skipped(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {Verdict::kSkipped, fmt::format(text, std::forward<Arguments>(arguments)...)};
}

}  // namespace lakeflow
