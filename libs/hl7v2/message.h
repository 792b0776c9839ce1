#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

// A part of a message: a segment, a field, a repetition, a component or a subcomponent. A view into the tokens, which must
// outlive it; parts are numbered from 1, as the standard does. What is not there is an empty part, never an error.
//
// A part is raw: delimiters and escape sequences stand in it as they were sent. Only a part that has no parts of its own
// may be unescaped (escape_sequence.h): dividing comes first.
class Part {
 public:
  Part() = default;
  // The values [first, end) of the tokens, of which the first one begins at byte `begin`; `level` is the delimiter that ends the part.
  Part(const MessageTokens& tokens, std::uint32_t begin, std::uint32_t first, std::uint32_t end, Mark level)
      : tokens_(&tokens), begin_(begin), first_(first), end_(end), level_(level) {}

  std::string_view raw() const;
  bool empty() const { return raw().empty(); }
  // Whether it has a part of its own below it.
  bool is_divided() const { return end_ > first_ + 1; }

  // The n-th part of the level below that a delimiter of `level` ends.
  Part part(Mark level, std::uint32_t n) const;
  // How many there are; 1 where nothing divides it.
  std::uint32_t count(Mark level) const;

  // From any higher level: repetition(n) of a field, component(n) of a field's first repetition or of a repetition …
  Part repetition(std::uint32_t n) const { return part(Mark::kRepetition, n); }
  Part component(std::uint32_t n) const { return level_ > Mark::kRepetition ? repetition(1).component(n) : part(Mark::kComponent, n); }
  Part subcomponent(std::uint32_t n) const { return level_ > Mark::kComponent ? component(1).subcomponent(n) : part(Mark::kSubcomponent, n); }
  std::uint32_t repetition_count() const { return count(Mark::kRepetition); }

 private:
  const MessageTokens* tokens_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t end_ = 0;
  Mark level_ = Mark::kSubcomponent;
};

// Whether MSH-1 style numbering holds: the field separator itself counts as the first field (MSH, BHS, FHS).
constexpr bool is_header(SegmentName name) { return name == segment_name("MSH") || name == segment_name("BHS") || name == segment_name("FHS"); }

// All of field n of a segment, from 1, as it stands; empty where there is none. Not of a header's.
inline std::string_view raw_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t n) {
  std::uint32_t value = segment.first_value;
  for (; n > 0; --n, ++value) {
    while (tokens.mark(value) < Mark::kField) {
      ++value;
    }
    if (value + 1 >= segment.end_value) {
      return {};
    }
  }
  const std::uint32_t begin = tokens.ends[value - 1] + 1;
  while (tokens.mark(value) < Mark::kField) {
    ++value;
  }
  return tokens.text.substr(begin, tokens.ends[value] - begin);
}

// Field n of a segment, from 1. Field 1 of a header is the separator itself, which is no value: an empty part.
Part field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t n);

// The first fields of a segment, found in one pass: for who needs several of them.
class FirstFields {
 public:
  static constexpr std::uint32_t kMost = 20;
  FirstFields(const MessageTokens& tokens, const SegmentTokens& segment);
  // Like the function field(); n is at most kMost.
  Part field(std::uint32_t n) const;

 private:
  const MessageTokens& tokens_;
  const SegmentTokens& segment_;
  std::array<std::uint32_t, kMost + 2> first_values_;  // of the name and each field, and of what follows
  std::uint32_t count_ = 0;                            // of those that are there, the name included
};

// How many fields the segment has, the standard's way of numbering.
std::uint32_t field_count(const MessageTokens& tokens, const SegmentTokens& segment);

// Whether the name is one, and ASCII.
constexpr bool is_plain_name(SegmentName name) { return name != kNoSegmentName && (name & 0x808080U) == 0; }

// What a segment begins with, its name, fit for a column: \xC3 where a byte is beyond ASCII. The first three bytes of a line that is no segment may
// end in the middle of a character.
std::string segment_label(const MessageTokens& tokens, const SegmentTokens& segment);

// The first segment of the name; nothing where there is none.
const SegmentTokens* find_segment(const MessageTokens& tokens, SegmentName name);

}  // namespace lakeflow::hl7v2
