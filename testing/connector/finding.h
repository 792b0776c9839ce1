#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "testing/connector/connector_suite.h"

namespace lakeflow {

// "1 column", "2 columns".
inline std::string count_of(std::size_t number, std::string_view noun) { return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s"); }

// What a check says.
struct Finding {
  Verdict verdict = Verdict::kSkipped;
  std::string evidence;
  std::string next_step = {};  // where it failed and more can be said than what the check's author always advises
};

template <typename... Arguments>
Finding passed(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {.verdict = Verdict::kPassed, .evidence = fmt::format(text, std::forward<Arguments>(arguments)...)};
}
template <typename... Arguments>
Finding failed(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {.verdict = Verdict::kFailed, .evidence = fmt::format(text, std::forward<Arguments>(arguments)...)};
}
template <typename... Arguments>
Finding skipped(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {.verdict = Verdict::kSkipped, .evidence = fmt::format(text, std::forward<Arguments>(arguments)...)};
}

}  // namespace lakeflow
