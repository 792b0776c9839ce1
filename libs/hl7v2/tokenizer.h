#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/hl7v2/delimiters.h"

namespace lakeflow::hl7v2 {

// A segment's name as a number, so that comparing and looking up is one instruction: "PID" is 'P' << 16 | 'I' << 8 | 'D'.
using SegmentName = std::uint32_t;

constexpr SegmentName segment_name(std::string_view text) {
  SegmentName name = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    name = name << 8U | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U);
  }
  return name;
}

// Of a line that does not begin with a name and a field, or with nothing but a name.
inline constexpr SegmentName kNoSegmentName = 0;

// A Z segment: a site's own, which the standard leaves to it (HL7 v2.8.2 §2.11).
constexpr bool is_local(SegmentName name) { return name >> 16U == 'Z'; }

// Three characters, the first a capital letter, the others capital letters or digits (HL7 v2.8.2 §2.5.2).
bool is_segment_name(std::string_view text);

// One segment among the values of a message. `name` is kNoSegmentName of a line that is none: "PIDX|1", or text behind a CR in a field.
struct SegmentTokens {
  SegmentName name = 0;
  std::uint32_t begin = 0;        // byte position of the segment's first character
  std::uint32_t first_value = 0;  // its values are [first_value, end_value); the first one is the name itself
  std::uint32_t end_value = 0;
  bool has_escape = false;  // some value holds the escape character
};

// What a byte of MessageTokens::shapes is made of.
inline constexpr std::uint8_t kMarkBits = 7;
inline constexpr std::uint8_t kHasBytes = 8;

// A message as positions: value i of a segment ends at ends[i], by the delimiter mark(i), and begins behind the end of the value
// before it (or at its segment's begin). Between two segments there may be values that belong to none. No byte of the message is copied.
struct MessageTokens {
  std::string_view text;
  Delimiters delimiters;
  std::vector<std::uint32_t> ends;
  // Of value i its mark and, where it is not empty, kHasBytes: two segments of which these agree are read alike. 64 bytes more can be read.
  std::vector<std::uint8_t> shapes;
  std::vector<SegmentTokens> segments;
  Mark mark(std::size_t value) const { return static_cast<Mark>(shapes[value] & kMarkBits); }
  // What tells that the text may have to be decoded.
  bool is_ascii = true;        // every byte is below 0x80
  bool switches_sets = false;  // a byte 1B or an escape sequence (\Cxxyy\, \Mxxyyzz\) stands in it, by which ISO 2022 switches character sets
  bool escapes_bytes = false;  // a hexadecimal sequence (\Xdd\) stands in it, which may be of bytes beyond ASCII
};

// Turns messages into tokens in one pass over their bytes, 64 at a time, with the vector instructions that the machine has.
// Keeps its tables between messages, so that a stream of messages with the same delimiters costs one comparison a message.
// Used by one thread.
//
// Segments end in CR; only where a message has no CR at all, in LF. Line feeds before a segment's name belong to the
// terminator, and so do blanks before one; empty segments are left out. MSH-2 (and BHS-2, FHS-2) is one value, never divided.
class Tokenizer {
 public:
  // False where the message has no readable header. `message` is shorter than 4 GB and outlives `tokens`.
  bool tokenize(std::string_view message, MessageTokens& tokens);

 private:
  Delimiters delimiters_;
  char terminator_ = '\0';  // none yet: the first message makes the table
  MarkTable table_{};
};

}  // namespace lakeflow::hl7v2
