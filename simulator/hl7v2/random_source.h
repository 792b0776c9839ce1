#pragma once

#include <cstddef>
#include <cstdint>
#include <ranges>

namespace lakeflow {

// Numbers that look random and are the same for a seed on every machine and with every library (SplitMix64).
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }
  // Of [0, limit); limit is not 0.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  // Of [least, most].
  std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  bool chance(double percent) { return static_cast<double>(below(1'000'000)) < percent * 10'000; }
  template <std::ranges::random_access_range Choices>
  decltype(auto) pick(Choices&& choices) {
    return choices[static_cast<std::size_t>(below(std::ranges::size(choices)))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace lakeflow
