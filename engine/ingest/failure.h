#pragma once

#include <cstddef>
#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace lakeflow {

// How far an error of a run reaches.
struct Reach {
  enum class Of {
    kTable,  // one table of the pass: the others go on without it
    kPass,   // the pass: the source, the connector
    kRun,    // everything: the destination, a threshold
  };
  Of of = Of::kPass;
  std::size_t table = 0;  // of kTable: index in the pass

  static Reach one_table(std::size_t table) { return {Of::kTable, table}; }
  static Reach pass() { return {Of::kPass, 0}; }
  static Reach run() { return {Of::kRun, 0}; }
};

struct Failure {
  Error error;
  Reach reach;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

// The result, its error with how far it reaches.
template <typename T>
Outcome<T> reaching(Reach reach, Result<T> result) {
  if (!result) {
    return std::unexpected(Failure{std::move(result).error(), reach});
  }
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

}  // namespace lakeflow
