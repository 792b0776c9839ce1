#include "base/error.h"

#include <fmt/format.h>

namespace lakeflow {

Error Error::at(std::string_view place) const { return {kind_, fmt::format("{}: {}", place, message_), next_step_}; }

std::string_view error_kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInternal: return "internal";
    case ErrorKind::kUser: return "user";
    case ErrorKind::kSource: return "source";
    case ErrorKind::kData: return "data";
    case ErrorKind::kDestination: return "destination";
    case ErrorKind::kInterrupted: return "interrupted";
  }
  return "internal";
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInternal: return 1;
    case ErrorKind::kUser: return 2;
    case ErrorKind::kSource: return 3;
    case ErrorKind::kData: return 4;
    case ErrorKind::kDestination: return 5;
    case ErrorKind::kInterrupted: return 130;
  }
  return 1;
}

}  // namespace lakeflow
