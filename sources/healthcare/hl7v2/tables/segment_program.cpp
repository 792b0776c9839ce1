#include "sources/healthcare/hl7v2/tables/segment_program.h"

#include <algorithm>
#include <cstring>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::size_t kEntries = 128;
constexpr std::size_t kLongestShape = 128;
// A look-up pays where more than a quarter is found.
constexpr std::uint32_t kJudgedAfter = 1024;
constexpr std::uint32_t kPassedOver = 16 * kJudgedAfter;

std::uint64_t hash_of(std::span<const std::uint8_t> shape) {
  std::uint64_t hash = shape.size();
  for (std::size_t i = 0; i < shape.size(); i += sizeof hash) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, shape.data() + i, sizeof eight);
    if (shape.size() - i < sizeof eight) {
      eight &= (std::uint64_t{1} << (8 * (shape.size() - i))) - 1;
    }
    hash = (hash ^ eight) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  }
  return hash;
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
  is_known = std::ranges::equal(entry.shape, shape);
  unknown_ += is_known ? 0U : 1U;
  if (++asked_ == kJudgedAfter) {
    to_pass_ = unknown_ > kJudgedAfter / 4 * 3 ? kPassedOver : 0;
    asked_ = unknown_ = 0;
  }
  if (!is_known) {
    entry.shape.assign(shape.begin(), shape.end());
    entry.program.clear();
  }
  return entry.program;
}

}  // namespace lakeflow::hl7v2
