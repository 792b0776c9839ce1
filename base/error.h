#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace lakeflow {

// Who has to act. Each kind has its exit code at the command line (exit_code below).
enum class ErrorKind {
  kInternal,     // our own fault: a rule of this program was broken
  kUser,         // the user's mistake: an option, a name, a file that is not there
  kSource,       // the source system failed or refused
  kData,         // the data is bad beyond what was allowed
  kDestination,  // the place where rows land failed, is locked, full or damaged
  kInterrupted,  // a stop was asked for and obeyed
};

// What went wrong, where, and what to do about it. Neither text ever holds a secret or a patient's
// data: errors carry codes, names of tables and options, places and counts.
class Error {
 public:
  Error(ErrorKind kind, std::string message, std::string next_step = {})
      : kind_(kind), message_(std::move(message)), next_step_(std::move(next_step)) {}

  static Error internal(std::string message, std::string next_step = {}) { return {ErrorKind::kInternal, std::move(message), std::move(next_step)}; }
  static Error user(std::string message, std::string next_step = {}) { return {ErrorKind::kUser, std::move(message), std::move(next_step)}; }
  static Error source(std::string message, std::string next_step = {}) { return {ErrorKind::kSource, std::move(message), std::move(next_step)}; }
  static Error data(std::string message, std::string next_step = {}) { return {ErrorKind::kData, std::move(message), std::move(next_step)}; }
  static Error destination(std::string message, std::string next_step = {}) {
    return {ErrorKind::kDestination, std::move(message), std::move(next_step)};
  }
  static Error interrupted(std::string message, std::string next_step = {}) {
    return {ErrorKind::kInterrupted, std::move(message), std::move(next_step)};
  }

  ErrorKind kind() const { return kind_; }
  // One sentence without a full stop: what happened, and where.
  const std::string& message() const { return message_; }
  // What the reader can do now; empty where nothing sensible can be said.
  const std::string& next_step() const { return next_step_; }

  // The same error with a place before its message: "clinic.yaml:3:5: unknown key".
  Error at(std::string_view place) const;

 private:
  ErrorKind kind_;
  std::string message_;
  std::string next_step_;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// "internal", "user", "source", "data", "destination", "interrupted": for --json and the run log.
std::string_view error_kind_name(ErrorKind kind);

// 1 internal, 2 user, 3 source, 4 data, 5 destination, 130 interrupted. (0 is done, 6 is some tables
// failed and others did not: both are verdicts on a run, not kinds of error.)
int exit_code(ErrorKind kind);

}  // namespace lakeflow

#define LAKEFLOW_CONCATENATE_INNER(a, b) a##b
#define LAKEFLOW_CONCATENATE(a, b) LAKEFLOW_CONCATENATE_INNER(a, b)

// LAKEFLOW_TRY(expression): returns the error of a Result or Status from the enclosing function, if it is one.
#define LAKEFLOW_TRY(expression)                                   \
  do {                                                             \
    if (auto lakeflow_outcome = (expression); !lakeflow_outcome) { \
      return std::unexpected(std::move(lakeflow_outcome).error()); \
    }                                                              \
  } while (false)

// LAKEFLOW_ASSIGN(auto value, expression): the same, and binds the value otherwise.
#define LAKEFLOW_ASSIGN(declaration, expression) LAKEFLOW_ASSIGN_INNER(LAKEFLOW_CONCATENATE(lakeflow_result_, __LINE__), declaration, expression)
#define LAKEFLOW_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                  \
  if (!result) {                                               \
    return std::unexpected(std::move(result).error());         \
  }                                                            \
  declaration = std::move(*result)
