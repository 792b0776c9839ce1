#include "simulator/hl7v2/message_text.h"

namespace lakeflow {

MessageText& MessageText::segment(std::string_view name) {
  segments_.push_back({std::string(name), {}});
  if (name == "MSH") {
    segments_.back().fields.push_back({characters_.component, characters_.repetition, characters_.escape, characters_.subcomponent});
  }
  return *this;
}

MessageText& MessageText::field(unsigned number, std::string encoded) {
  put(segments_.back(), number, std::move(encoded));
  return *this;
}

void MessageText::put(Segment& segment, unsigned number, std::string encoded) {
  if (encoded.empty()) {
    return;
  }
  const std::size_t index = number - (segment.name == "MSH" ? 2 : 1);
  if (segment.fields.size() <= index) {
    segment.fields.resize(index + 1);
  }
  segment.fields[index] = std::move(encoded);
}

std::string MessageText::text(std::string_view plain) const {
  std::string encoded;
  for (const char c : plain) {
    const char name = c == characters_.field          ? 'F'
                      : c == characters_.component    ? 'S'
                      : c == characters_.repetition   ? 'R'
                      : c == characters_.escape       ? 'E'
                      : c == characters_.subcomponent ? 'T'
                                                      : '\0';
    if (name == '\0') {
      encoded += c;
    } else {
      encoded += {characters_.escape, name, characters_.escape};
    }
  }
  return encoded;
}

std::string MessageText::components(std::initializer_list<std::string_view> plain) const {
  std::vector<std::string> encoded;
  for (const std::string_view value : plain) {
    encoded.push_back(text(value));
  }
  return join(encoded, characters_.component);
}

std::string MessageText::subcomponents(std::initializer_list<std::string_view> plain) const {
  std::vector<std::string> encoded;
  for (const std::string_view value : plain) {
    encoded.push_back(text(value));
  }
  return join(encoded, characters_.subcomponent);
}

std::string MessageText::lines(std::initializer_list<std::string_view> plain) const {
  const std::string line_break = {characters_.escape, '.', 'b', 'r', characters_.escape};
  std::string encoded;
  for (const std::string_view line : plain) {
    encoded += (encoded.empty() ? "" : line_break) + text(line);
  }
  return encoded;
}

std::string MessageText::finish(std::string_view terminator) const {
  std::string message;
  for (const Segment& segment : segments_) {
    message += segment.name;
    for (const std::string& field : segment.fields) {
      message += characters_.field + field;
    }
    message += terminator;
  }
  return message;
}

std::vector<std::string> MessageText::segment_names() const {
  std::vector<std::string> names;
  for (const Segment& segment : segments_) {
    names.push_back(segment.name);
  }
  return names;
}

std::string MessageText::join(const std::vector<std::string>& parts, char delimiter) {
  std::size_t last = parts.size();
  while (last > 0 && parts[last - 1].empty()) {
    --last;
  }
  std::string joined;
  for (std::size_t i = 0; i < last; ++i) {
    joined += (i == 0 ? std::string() : std::string(1, delimiter)) + parts[i];
  }
  return joined;
}

}  // namespace lakeflow
