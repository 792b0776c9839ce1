#include "libs/hl7v2/escape_sequence.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "libs/hl7v2/character_set.h"

namespace lakeflow::hl7v2 {
namespace {

// A repetition count that makes sense on paper; above it a sequence is taken for something else.
constexpr unsigned kMostRepeated = 1000;

bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

std::optional<std::string> hexadecimal_bytes(std::string_view digits) {
  if (digits.empty() || digits.size() % 2 != 0 || !std::ranges::all_of(digits, is_hexadecimal)) {
    return std::nullopt;
  }
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    bytes += static_cast<char>(static_cast<unsigned char>(byte));
  }
  return bytes;
}

// The count of \.sp3\, \.sp+3\, \.sk 3\: 1 where none is given.
std::optional<unsigned> repeat_count(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '+')) {
    text.remove_prefix(1);
  }
  if (text.empty()) {
    return 1;
  }
  unsigned count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole && count <= kMostRepeated ? std::optional(count) : std::nullopt;
}

// Appends what the sequence between two escape characters means; false where it means nothing here.
bool append_meaning(std::string_view sequence, const Delimiters& delimiters, CharacterSet& character_set, std::string& out) {
  if (sequence.size() == 1) {
    char c = kNoDelimiter;
    switch (sequence[0]) {
      case 'F': c = delimiters.field; break;
      case 'S': c = delimiters.component; break;
      case 'R': c = delimiters.repetition; break;
      case 'E': c = delimiters.escape; break;
      case 'T': c = delimiters.subcomponent; break;
      case 'P': c = delimiters.truncation; break;
      case 'H':
      case 'N': return true;
      default: return false;
    }
    if (c == kNoDelimiter) {
      return false;
    }
    out += c;
    return true;
  }
  if (sequence.starts_with('X')) {
    const auto bytes = hexadecimal_bytes(sequence.substr(1));
    if (bytes) {
      character_set.append_utf8(*bytes, out);
    }
    return bytes.has_value();
  }
  if (sequence == ".br") {
    out += '\n';
    return true;
  }
  if (sequence.starts_with(".sp") || sequence.starts_with(".sk")) {
    const auto count = repeat_count(sequence.substr(3));
    if (count) {
      out.append(*count, sequence[2] == 'p' ? '\n' : ' ');
    }
    return count.has_value();
  }
  return false;
}

// .in+4 and .ti-2 indent: behind the command stands a number, signed or not.
bool indents(std::string_view sequence) {
  if (!sequence.starts_with(".in") && !sequence.starts_with(".ti")) {
    return false;
  }
  std::string_view number = sequence.substr(3);
  while (number.starts_with(' ')) {
    number.remove_prefix(1);
  }
  if (number.starts_with('+') || number.starts_with('-')) {
    number.remove_prefix(1);
  }
  return std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

// Sequences that are known and keep their form: they stay whole, so that their last escape character opens nothing.
bool stays(std::string_view sequence) {
  return !sequence.empty() && (indents(sequence) || sequence == ".fi" || sequence == ".nf" || sequence == ".ce" ||
                               ((sequence[0] == 'Z' || sequence[0] == 'C' || sequence[0] == 'M') && sequence.size() > 1 &&
                                std::ranges::all_of(sequence.substr(1), is_hexadecimal)));
}

}  // namespace

void unescape(std::string_view value, const Delimiters& delimiters, CharacterSet& character_set, std::string& out) {
  while (!value.empty()) {
    const std::size_t open = delimiters.escape == kNoDelimiter ? std::string_view::npos : value.find(delimiters.escape);
    const std::size_t close = open == std::string_view::npos ? open : value.find(delimiters.escape, open + 1);
    if (close == std::string_view::npos) {
      out += value;
      return;
    }
    out += value.substr(0, open);
    const std::string_view sequence = value.substr(open + 1, close - open - 1);
    if (append_meaning(sequence, delimiters, character_set, out)) {
      value.remove_prefix(close + 1);
      continue;
    }
    // An unknown one: its second escape character may open the next.
    const std::size_t kept = stays(sequence) ? close + 1 : close;
    out += value.substr(open, kept - open);
    value.remove_prefix(kept);
  }
}

}  // namespace lakeflow::hl7v2
