#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// The encoding characters of a message (HL7 v2.8.2 §2.5.4).
struct EncodingCharacters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
};

// A message under construction, segment by segment. Values are plain text: what would be a delimiter is escaped.
class MessageText {
 public:
  explicit MessageText(EncodingCharacters characters) : characters_(characters) {}

  // Begins a segment; the fields that follow are its.
  MessageText& segment(std::string_view name);
  // Field n of the segment, by the standard's numbers, as text() and its like give it. In MSH field 2 is written by segment().
  MessageText& field(unsigned number, std::string encoded);
  // The same of the first segment, which is MSH.
  void header_field(unsigned number, std::string encoded) { put(segments_.front(), number, std::move(encoded)); }

  // Ways to encode: one value, components, subcomponents of one component, repetitions. Parts at the end that are empty are left out.
  std::string text(std::string_view plain) const;
  std::string components(std::initializer_list<std::string_view> plain) const;
  std::string join_components(const std::vector<std::string>& encoded) const { return join(encoded, characters_.component); }
  std::string subcomponents(std::initializer_list<std::string_view> plain) const;
  std::string repetitions(const std::vector<std::string>& encoded) const { return join(encoded, characters_.repetition); }
  // Plain text of several lines, as a formatted text has them: with the escape sequence .br between.
  std::string lines(std::initializer_list<std::string_view> plain) const;

  // All segments, each with the terminator behind it.
  std::string finish(std::string_view terminator) const;
  // The names of the segments, in order.
  std::vector<std::string> segment_names() const;

 private:
  struct Segment {
    std::string name;
    std::vector<std::string> fields;  // from field 1 on; of MSH from field 2 on
  };
  static void put(Segment& segment, unsigned number, std::string encoded);
  static std::string join(const std::vector<std::string>& parts, char delimiter);

  EncodingCharacters characters_;
  std::vector<Segment> segments_;
};

}  // namespace lakeflow
