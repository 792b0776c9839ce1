#pragma once

#include <cstdint>

namespace lakeflow {

// 64 bits that follow from the arguments alone: SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t seeded_bits(std::uint64_t seed, std::uint64_t salt, std::uint64_t event) {
  std::uint64_t x = seed + (salt + 1) * 0x9E3779B97F4A7C15U + event * 0xD1B54A32D192ED03U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

// The same as a number in [0, 1).
constexpr double seeded_fraction(std::uint64_t seed, std::uint64_t salt, std::uint64_t event) {
  return static_cast<double>(seeded_bits(seed, salt, event) >> 11U) / 9007199254740992.0;
}

}  // namespace lakeflow
