#include "libs/hl7v2/tokenizer.h"

#include <algorithm>

namespace lakeflow::hl7v2 {
namespace {

// Room for this many values is made at a time, so that the inner loop never asks.
constexpr std::size_t kWindow = 4096;

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

  std::size_t count = 0;
  SegmentTokens segment;
  std::size_t at = 0;
  const auto make_room = [&] {
    if (tokens.ends.size() < count + kWindow + 2) {
      tokens.ends.resize(std::max(count + kWindow + 2, tokens.ends.size() * 2));
      tokens.marks.resize(tokens.ends.size());
    }
  };
  const auto put = [&](std::size_t end, Mark mark) {
    tokens.ends[count] = static_cast<std::uint32_t>(end);
    tokens.marks[count] = mark;
    ++count;
  };
  const auto end_segment = [&](std::size_t end) {
    put(end, Mark::kSegment);
    if (end > segment.begin) {
      segment.name = segment_name(message.substr(segment.begin, std::min<std::size_t>(3, end - segment.begin)));
      segment.end_value = static_cast<std::uint32_t>(count);
      tokens.segments.push_back(segment);
    } else {
      count = segment.first_value;
    }
  };
  const auto begin_segment = [&](std::size_t begin) {
    while (begin < message.size() && message[begin] == '\n') {
      ++begin;
    }
    segment = {.begin = static_cast<std::uint32_t>(begin), .first_value = static_cast<std::uint32_t>(count)};
    return begin;
  };

  // The header's name and its encoding characters, which must not be taken for delimiters.
  make_room();
  begin_segment(0);
  put(3, Mark::kField);
  at = 4;
  while (at < message.size() && message[at] != delimiters_.field && message[at] != terminator_) {
    ++at;
  }
  while (at < message.size()) {
    make_room();
    const std::size_t stop = std::min(message.size(), at + kWindow);
    std::uint32_t* const ends = tokens.ends.data();
    Mark* const marks = tokens.marks.data();
    // Every byte is written down as if it were a delimiter, and only a delimiter moves on: no branch to predict.
    std::size_t put_at = count;
    std::size_t byte = at;
    for (; byte < stop; ++byte) {
      const Mark mark = table_[static_cast<std::uint8_t>(message[byte])];
      ends[put_at] = static_cast<std::uint32_t>(byte);
      marks[put_at] = mark;
      put_at += mark != Mark::kNone ? 1 : 0;
      if (mark > Mark::kField) [[unlikely]] {
        count = put_at - 1;
        if (mark == Mark::kEscape) {
          segment.has_escape = true;
        } else {
          end_segment(byte);
          byte = begin_segment(byte + 1) - 1;
        }
        put_at = count;
      }
    }
    count = put_at;
    at = byte;
  }
  make_room();
  if (segment.begin < message.size()) {
    std::size_t end = message.size();
    while (end > segment.begin && message[end - 1] == '\n') {
      --end;
    }
    end_segment(end);
  }
  return true;
}

}  // namespace lakeflow::hl7v2
