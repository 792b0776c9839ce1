#include "libs/hl7v2/tokenizer.h"

#include "libs/hl7v2/token_scan.h"

namespace lakeflow::hl7v2 {
namespace {

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_segment_name(std::string_view text) {
  return text.size() == 3 && is_capital(text[0]) && (is_capital(text[1]) || is_digit(text[1])) && (is_capital(text[2]) || is_digit(text[2]));
}

bool Tokenizer::tokenize(std::string_view message, MessageTokens& tokens) {
  const auto delimiters = parse_delimiters(message);
  if (!delimiters) {
    return false;
  }
  const char terminator = message.find('\r') == std::string_view::npos ? '\n' : '\r';
  if (terminator != terminator_ || *delimiters != delimiters_) {
    delimiters_ = *delimiters;
    terminator_ = terminator;
    table_ = mark_table(delimiters_, terminator_);
  }
  tokens.text = message;
  tokens.delimiters = delimiters_;
  tokens.segments.clear();
  tokens.is_ascii = true;
  tokens.switches_sets = false;
  tokens.escapes_bytes = false;

  // The header's name and its encoding characters, which must not be taken for delimiters.
  if (tokens.ends.empty()) {
    tokens.ends.resize(1);
    tokens.shapes.resize(1);
  }
  tokens.ends[0] = 3;
  tokens.shapes[0] = static_cast<std::uint8_t>(Mark::kField) | kHasBytes;
  std::size_t at = 4;
  for (; at < message.size() && message[at] != delimiters_.field && message[at] != terminator_; ++at) {
    tokens.is_ascii = tokens.is_ascii && static_cast<std::uint8_t>(message[at]) < 0x80;
    tokens.switches_sets = tokens.switches_sets || message[at] == '\x1b';
  }
  scan_tokens(at, table_, terminator_, 1, SegmentTokens(), tokens);
  return true;
}

}  // namespace lakeflow::hl7v2
