#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/hl7v2/segment_place.h"
#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

// The places of segments in messages that were met: they follow from the structure and from the names of the segments up to there, and messages of a
// feed begin alike far more often than they are alike. So it is a tree: from each sequence of names a step for each name that came next. Bounded:
// where it grows too large it begins anew. Used by one thread.
class PlaceMemory {
 public:
  // Messages longer than this are not worth it: few begin alike to their end.
  static constexpr std::size_t kMostSegments = 256;

  // The places of these segments of a message of the `structure` (a small number) into `places`; false where some are not known.
  bool find(std::uint32_t structure, std::span<const SegmentTokens> segments, std::vector<SegmentPlace>& places) const;
  // Keeps them, kMostSegments at most, with the paths that they are in.
  void keep(std::uint32_t structure, std::span<const SegmentTokens> segments, std::span<const SegmentPlace> places, std::string_view paths);
  void clear();

  // That the places found are in, and 32 bytes more that may be read. Good until the next call of keep().
  std::string_view paths() const { return paths_; }

 private:
  // Small, for the sake of the cache: a step a segment is read.
  struct Step {
    SegmentName name = 0;
    std::uint32_t sibling = 0;  // another step from the same sequence; 0: none
    std::uint32_t child = 0;    // a step from the sequence that ends here; 0: none
    std::uint32_t path_begin = 0;
    std::uint16_t path_size = 0;
    std::uint16_t parent = 0;  // as SegmentPlace has it, none as kNone
    std::uint16_t patient = 0;
    bool is_placed = true;
  };
  static constexpr std::uint16_t kNone = 0xFFFF;
  static constexpr std::uint32_t of_short(std::uint16_t segment) { return segment == kNone ? kNoSegment : segment; }

  std::vector<std::uint32_t> firsts_;  // by structure: the first step; 0: none
  std::vector<Step> steps_;            // the first one is none
  std::string paths_;
};

}  // namespace lakeflow::hl7v2
