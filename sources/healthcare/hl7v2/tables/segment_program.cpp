#include "sources/healthcare/hl7v2/tables/segment_program.h"

#include <cstring>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::size_t kEntries = 128;
// A look-up pays where more than a quarter is found.
constexpr std::uint32_t kJudgedAfter = 1024;
constexpr std::uint32_t kPassedOver = 16 * kJudgedAfter;

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t word_at(std::span<const std::uint8_t> shape, std::size_t from) {
  std::uint64_t word = 0;
  std::memcpy(&word, shape.data() + from, sizeof word);
  return word;
}
// The rest of the shape from its last whole word on, zeros behind it.
std::uint64_t last_word(std::span<const std::uint8_t> shape) {
  const std::size_t whole = shape.size() / kWord * kWord;
  return word_at(shape, whole) & ((std::uint64_t{1} << (8 * (shape.size() - whole))) - 1);
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return hash ^ hash >> 32U;
}

std::uint64_t hash_of(std::span<const std::uint8_t> shape) {
  std::uint64_t hash = shape.size();
  for (std::size_t i = 0; i + kWord <= shape.size(); i += kWord) {
    hash = mix(hash, word_at(shape, i));
  }
  return mix(hash, last_word(shape));
}

}  // namespace

SegmentProgram& ShapeMemory::find(std::span<const std::uint8_t> shape, bool& is_known) {
  is_known = false;
  if (to_pass_ > 0 || shape.size() > kLongestShape) {
    to_pass_ -= to_pass_ > 0 ? 1U : 0U;
    forgotten_.clear();
    return forgotten_;
  }
  if (entries_.empty()) {
    entries_.resize(kEntries);
  }
  Entry& entry = entries_[hash_of(shape) % kEntries];
  const std::size_t words = shape.size() / kWord;
  is_known =
      entry.size == shape.size() && std::memcmp(entry.shape.data(), shape.data(), words * kWord) == 0 && entry.shape[words] == last_word(shape);
  unknown_ += is_known ? 0U : 1U;
  if (++asked_ == kJudgedAfter) {
    to_pass_ = unknown_ > kJudgedAfter / 4 * 3 ? kPassedOver : 0;
    asked_ = unknown_ = 0;
  }
  if (!is_known) {
    entry.size = shape.size();
    std::memcpy(entry.shape.data(), shape.data(), words * kWord);
    entry.shape[words] = last_word(shape);
    entry.program.clear();
  }
  return entry.program;
}

}  // namespace lakeflow::hl7v2
