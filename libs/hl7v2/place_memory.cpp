#include "libs/hl7v2/place_memory.h"

#include <algorithm>

namespace lakeflow::hl7v2 {
namespace {

// What a core's second cache holds beside its other work.
constexpr std::size_t kMostSteps = 16'384;
constexpr std::size_t kMostPathBytes = 1U << 20U;
// Of one sequence. More come where names are made up, and they are looked for one by one.
constexpr std::size_t kMostSiblings = 16;
constexpr std::size_t kLongestPath = 0xFFFF;
constexpr std::size_t kReadable = 32;

}  // namespace

bool PlaceMemory::find(std::uint32_t structure, std::span<const SegmentTokens> segments, std::vector<SegmentPlace>& places) const {
  std::uint32_t at = structure < firsts_.size() ? firsts_[structure] : 0;
  places.resize(segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    while (at != 0 && steps_[at].name != segments[i].name) {
      at = steps_[at].sibling;
    }
    if (at == 0) {
      return false;
    }
    const Step& step = steps_[at];
    places[i] = {.path_begin = step.path_begin,
                 .path_size = step.path_size,
                 .parent = of_short(step.parent),
                 .patient = of_short(step.patient),
                 .is_placed = step.is_placed};
    at = step.child;
  }
  return true;
}

void PlaceMemory::keep(std::uint32_t structure, std::span<const SegmentTokens> segments, std::span<const SegmentPlace> places,
                       std::string_view paths) {
  if (steps_.size() + segments.size() > kMostSteps || paths_.size() + paths.size() > kMostPathBytes) {
    clear();
  }
  firsts_.resize(std::max<std::size_t>(firsts_.size(), structure + 1));
  steps_.resize(std::max<std::size_t>(steps_.size(), 1));
  paths_.resize(paths_.size() - std::min(paths_.size(), kReadable));
  std::uint32_t before = 0;  // the step to the segment before
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::uint32_t first = before == 0 ? firsts_[structure] : steps_[before].child;
    std::size_t siblings = 0;
    std::uint32_t at = first;
    for (; at != 0 && steps_[at].name != segments[i].name; at = steps_[at].sibling) {
      ++siblings;
    }
    const SegmentPlace& place = places[i];
    if (at == 0 && (siblings == kMostSiblings || place.path_size > kLongestPath)) {
      break;
    }
    if (at == 0) {
      at = static_cast<std::uint32_t>(steps_.size());
      // Mostly in the path of the segment before.
      const bool is_same = i > 0 && place.path_begin == places[i - 1].path_begin && place.path_size == places[i - 1].path_size;
      steps_.push_back({.name = segments[i].name,
                        .sibling = first,
                        .child = 0,
                        .path_begin = is_same ? steps_[before].path_begin : static_cast<std::uint32_t>(paths_.size()),
                        .path_size = static_cast<std::uint16_t>(place.path_size),
                        .parent = static_cast<std::uint16_t>(place.parent),
                        .patient = static_cast<std::uint16_t>(place.patient),
                        .is_placed = place.is_placed});
      paths_ += is_same ? std::string_view() : place.path_in(paths);
      (before == 0 ? firsts_[structure] : steps_[before].child) = at;
    }
    before = at;
  }
  paths_.append(kReadable, '\0');
}

void PlaceMemory::clear() {
  firsts_.clear();
  steps_.clear();
  paths_.clear();
}

}  // namespace lakeflow::hl7v2
