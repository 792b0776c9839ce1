#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lakeflow::hl7v2 {

// The characters that divide one message, as its MSH-1 and MSH-2 name them (HL7 v2.8.2 §2.5.4). A role that MSH-2 is too
// short to name has no character: it is kNoDelimiter, and nothing in the message plays it.
inline constexpr char kNoDelimiter = '\0';

struct Delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
  char truncation = kNoDelimiter;  // HL7 v2.7 and later: the fifth character of MSH-2

  bool operator==(const Delimiters&) const = default;
};

// Reads them from the start of a message, a batch or a file header ("MSH|^~\&|…", "BHS…", "FHS…"). Nothing where MSH-2 is
// empty or longer than five characters, where a character is a letter, a digit, a space or a control character, or where
// one character would play two roles.
std::optional<Delimiters> parse_delimiters(std::string_view header);

// What a byte means to the tokenizer, the weakest first: a delimiter ends every value of a lower level.
enum class Mark : std::uint8_t { kNone = 0, kSubcomponent = 1, kComponent = 2, kRepetition = 3, kField = 4, kSegment = 5, kEscape = 6 };

// The mark of every byte value, for one set of delimiters and one segment terminator.
using MarkTable = std::array<Mark, 256>;
MarkTable mark_table(const Delimiters& delimiters, char segment_terminator);

}  // namespace lakeflow::hl7v2
