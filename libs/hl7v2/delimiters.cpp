#include "libs/hl7v2/delimiters.h"

namespace lakeflow::hl7v2 {
namespace {

bool may_delimit(char c) {
  const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  const bool digit = c >= '0' && c <= '9';
  return c > ' ' && c < '\x7f' && !letter && !digit;
}

}  // namespace

std::optional<Delimiters> parse_delimiters(std::string_view header) {
  constexpr std::string_view kUsual = "|^~\\&|";
  if (header.size() >= 3 + kUsual.size() && header.substr(3, kUsual.size()) == kUsual) {
    return Delimiters();
  }
  if (header.size() < 5 || !may_delimit(header[3])) {
    return std::nullopt;
  }
  Delimiters delimiters{header[3], kNoDelimiter, kNoDelimiter, kNoDelimiter, kNoDelimiter, kNoDelimiter};
  char* const roles[] = {&delimiters.component, &delimiters.repetition, &delimiters.escape, &delimiters.subcomponent, &delimiters.truncation};
  std::size_t role = 0;
  for (std::size_t i = 4; i < header.size() && header[i] != delimiters.field && header[i] != '\r' && header[i] != '\n'; ++i, ++role) {
    if (role == std::size(roles) || !may_delimit(header[i]) || header.substr(4, role).find(header[i]) != std::string_view::npos) {
      return std::nullopt;
    }
    *roles[role] = header[i];
  }
  return role == 0 ? std::nullopt : std::optional(delimiters);
}

MarkTable mark_table(const Delimiters& delimiters, char segment_terminator) {
  MarkTable table{};
  const auto set = [&](char c, Mark mark) {
    if (c != kNoDelimiter) {
      table[static_cast<std::uint8_t>(c)] = mark;
    }
  };
  set(delimiters.field, Mark::kField);
  set(delimiters.component, Mark::kComponent);
  set(delimiters.repetition, Mark::kRepetition);
  set(delimiters.subcomponent, Mark::kSubcomponent);
  set(delimiters.escape, Mark::kEscape);
  set(segment_terminator, Mark::kSegment);
  return table;
}

}  // namespace lakeflow::hl7v2
