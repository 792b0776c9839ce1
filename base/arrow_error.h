#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include "base/error.h"

namespace lakeflow {

// Arrow's failures as ours. Arrow fails where memory ends or where we broke its rules: internal.
inline Status from_arrow(const arrow::Status& status) {
  if (status.ok()) {
    return {};
  }
  return std::unexpected(Error::internal("Arrow: " + status.ToString()));
}

template <typename T>
Result<T> from_arrow(arrow::Result<T> result) {
  if (result.ok()) {
    return std::move(result).ValueUnsafe();
  }
  return std::unexpected(Error::internal("Arrow: " + result.status().ToString()));
}

}  // namespace lakeflow
