#include "engine/decode/key_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

namespace lakeflow {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15U;

std::uint64_t mix(std::uint64_t value) {
  value *= kMultiplier;
  return value ^ (value >> 32);
}

}  // namespace

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = mix(seed + text.size() + 1);
  std::uint64_t word = 0;
  while (text.size() >= sizeof word) {
    std::memcpy(&word, text.data(), sizeof word);
    hash = mix(hash ^ word);
    text.remove_prefix(sizeof word);
  }
  word = 0;
  for (const char c : text) {
    word = (word << 8) | static_cast<std::uint8_t>(c);
  }
  return mix(hash ^ word);
}

KeyIndex::KeyIndex(std::span<const std::string_view> names) {
  if (names.empty()) {
    return;
  }
  displacements_.resize(std::bit_ceil(names.size()));
  slots_.resize(std::bit_ceil(names.size() * 2));
  // Distinct names differ in their 64-bit hashes under nearly every seed: this ends at the first or second.
  while (!place(names)) {
    ++seed_;
  }
}

std::size_t KeyIndex::slot_of(std::uint64_t hash, std::uint32_t displacement) const {
  return ((hash >> 32) + displacement * ((hash >> 16) | 1)) & (slots_.size() - 1);
}

bool KeyIndex::place(std::span<const std::string_view> names) {
  const std::size_t mask = displacements_.size() - 1;
  std::vector<std::vector<std::uint32_t>> buckets(displacements_.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    buckets[hash_text(names[i], seed_) & mask].push_back(i);
  }
  std::vector<std::size_t> order(buckets.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater{}, [&](std::size_t bucket) { return std::pair(buckets[bucket].size(), bucket); });

  std::ranges::fill(slots_, Slot{});
  for (const std::size_t bucket : order) {
    std::vector<std::size_t> taken;
    std::uint32_t displacement = 0;
    for (bool free = false; !free; ++displacement) {
      if (displacement > 4 * slots_.size()) {
        return false;
      }
      taken.clear();
      free = true;
      for (const std::uint32_t i : buckets[bucket]) {
        const std::size_t slot = slot_of(hash_text(names[i], seed_), displacement);
        free = free && slots_[slot].number == kNotFound && std::ranges::find(taken, slot) == taken.end();
        taken.push_back(slot);
      }
    }
    displacements_[bucket] = displacement - 1;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const std::uint32_t number = buckets[bucket][i];
      slots_[taken[i]] = Slot{names[number], number};
    }
  }
  return true;
}

std::uint32_t KeyIndex::find(std::string_view name) const {
  if (slots_.empty()) {
    return kNotFound;
  }
  const std::uint64_t hash = hash_text(name, seed_);
  const Slot& slot = slots_[slot_of(hash, displacements_[hash & (displacements_.size() - 1)])];
  return slot.name == name ? slot.number : kNotFound;
}

}  // namespace lakeflow
