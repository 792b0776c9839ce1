#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lakeflow::test {

// Where a subject is to die. It travels in the environment.
struct KillOrder {
  std::string point;               // "decode.batch"; empty: nowhere
  std::uint64_t passing = 1;       // at the n-th passing, counted over all threads
  std::uint64_t microseconds = 0;  // and so much later
  std::string page;                // file of the KillPage

  std::vector<std::string> to_environment() const;
  static std::optional<KillOrder> from_environment();
};

}  // namespace lakeflow::test
