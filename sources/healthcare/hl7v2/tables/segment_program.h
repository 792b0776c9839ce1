#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sources/healthcare/hl7v2/tables/columns.h"

namespace lakeflow::hl7v2 {

// Where a value stands in its segment, all from 0.
struct ValuePlace {
  std::uint32_t field = 0;
  std::uint32_t repetition = 0;
  std::uint32_t component = 0;
  std::uint32_t subcomponent = 0;
};

// One thing to be done with a part of a segment.
struct SegmentStep {
  enum class Kind : std::uint8_t {
    kText,       // the value goes into `text` as it is
    kLeaf,       // the value goes into the columns of the leaf
    kWhole,      // the values are taken as one, by field `place.field` of the plan
    kMisfit,     // the values are rescued
    kPrecision,  // the value is rescued where it is no code of a time's precision
  };

  TextColumn* text = nullptr;
  ListColumn* list = nullptr;  // null: the value is the row's; else that of the list's element `place.repetition`
  std::uint32_t first = 0;     // the values [first, last], counted from the segment's first one
  std::uint32_t last = 0;
  std::uint32_t leaf = 0;
  Kind kind = Kind::kText;
  bool same_element = false;  // as the step before
  ValuePlace place;
};

// What is to be done with the values of a segment. It follows from the shape alone, which delimiters come in which order with something
// before them, and segments of a kind have few of these.
using SegmentProgram = std::vector<SegmentStep>;

// The programs of the shapes that segments of one kind had lately. Where most segments have a shape of their own it looks none up
// for a while.
class ShapeMemory {
 public:
  // The program for the shape, behind which 8 more bytes can be read. Empty where `is_known` is false: it is to be filled, and is the
  // shape's then. Good until the next call.
  SegmentProgram& find(std::span<const std::uint8_t> shape, bool& is_known);

 private:
  static constexpr std::size_t kLongestShape = 128;
  struct Entry {
    std::array<std::uint64_t, kLongestShape / sizeof(std::uint64_t) + 1> shape;  // eight values a word, zeros behind the last one
    std::size_t size = 0;                                                        // of it; 0: none
    SegmentProgram program;
  };

  std::vector<Entry> entries_;  // by a hash of the shape; a later one takes the place of an earlier
  SegmentProgram forgotten_;    // of a shape that is not remembered
  std::uint32_t asked_ = 0;     // since the last judgement
  std::uint32_t unknown_ = 0;   // of these
  std::uint32_t to_pass_ = 0;   // so many more are not looked up
};

}  // namespace lakeflow::hl7v2
