#include "libs/hl7v2/message_splitter.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "libs/hl7v2/delimiters.h"
#include "libs/hl7v2/line_scan.h"
#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr char kFrameStart = '\x0b';
constexpr char kFrameEnd = '\x1c';
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// MSH-1 to MSH-8 end before MSH-9, the message's type, begins.
constexpr int kSeparatorsBeforeType = 8;

enum class LineKind { kOther, kHeader, kEnvelope, kUnknownYet };

// What comes before a place where a line may begin, the surest first.
enum class LineBreak {
  kTerminator,  // the stream's start, a frame's start or CR
  kLineFeed,    // in a message that has no CR so far
  kTextLine,    // LF in a message whose segments end in CR: most likely inside a field
  kNone,        // in the middle of a line
};

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

bool is_blank(char c) { return is_line_end(c) || c == kFrameStart || c == kFrameEnd || c == ' ' || c == '\t' || c == '\0' || c == '\x1a'; }

// The first line, without its end. Looked for in short stretches: of the four ends most never come.
std::string_view first_line(std::string_view text) {
  constexpr std::size_t kStretch = 128;
  for (std::size_t begin = 0; begin < text.size(); begin += kStretch) {
    const std::string_view whole = text.substr(begin, kStretch);
    std::string_view line = whole;
    for (const char end : {'\r', '\n', kFrameEnd, kFrameStart}) {
      line = line.substr(0, line.find(end));
    }
    if (line.size() < whole.size()) {
      return text.substr(0, begin + line.size());
    }
  }
  return text;
}
// Likewise; `whole` says whether the end was seen.
std::string_view first_line(std::string_view text, bool& whole) {
  const std::string_view line = first_line(text);
  whole = line.size() < text.size();
  return line;
}

// MSH-9, where the header has one; `text` begins with the MSH segment.
std::string_view message_type(std::string_view text) {
  const std::string_view line = first_line(text);
  if (line.size() < 4) {
    return {};
  }
  std::size_t at = 3;
  for (int i = 1; i < kSeparatorsBeforeType; ++i) {
    at = line.find(line[3], at + 1);
    if (at == std::string_view::npos) {
      return {};
    }
  }
  const std::string_view type = line.substr(at + 1);
  return type.substr(0, type.find(line[3]));
}

bool is_whole_header(std::string_view line) {
  const std::string_view type = parse_delimiters(line) ? message_type(line) : std::string_view();
  return type.size() >= 3 && is_segment_name(type.substr(0, 3));
}

bool may_separate(char c) { return c > ' ' && c < '\x7f' && std::isalnum(static_cast<unsigned char>(c)) == 0; }

// What the line at the start of `text` is, given what stands before it. `field` is the separator of the message that
// the line may still be part of.
LineKind classify(std::string_view text, LineBreak before, char field, bool at_end) {
  constexpr std::size_t kLongestOpening = 10;  // MSH, its separator, up to five encoding characters, and what ends them
  constexpr std::string_view kInitials = "MFB";
  if (text.size() < kLongestOpening && !at_end && (text.empty() || kInitials.find(text[0]) != std::string_view::npos)) {
    return LineKind::kUnknownYet;
  }
  if (text.size() < 3) {
    return LineKind::kOther;
  }
  const std::string_view name = text.substr(0, 3);
  const char separator = text.size() > 3 ? text[3] : '\r';
  if (name == "MSH") {
    if (before == LineBreak::kTerminator) {
      return may_separate(separator) ? LineKind::kHeader : LineKind::kOther;
    }
    // Also one with unusable delimiters: else what follows it, which is about somebody else, would be taken for the message before it.
    if (before == LineBreak::kLineFeed) {
      return may_separate(separator) ? LineKind::kHeader : LineKind::kOther;
    }
    if (!parse_delimiters(text)) {
      return LineKind::kOther;
    }
    bool whole = false;
    const std::string_view line = first_line(text, whole);
    if (!whole && !at_end) {
      return LineKind::kUnknownYet;
    }
    return is_whole_header(line) ? LineKind::kHeader : LineKind::kOther;
  }
  if (before == LineBreak::kNone) {
    return LineKind::kOther;
  }
  if (name == "FHS" || name == "BHS") {
    return parse_delimiters(text) ? LineKind::kEnvelope : LineKind::kOther;
  }
  if (name == "FTS" || name == "BTS") {
    const bool closes = separator == field || is_line_end(separator) || (before == LineBreak::kTerminator && may_separate(separator));
    return closes ? LineKind::kEnvelope : LineKind::kOther;
  }
  return LineKind::kOther;
}

// How far a message or a stretch of other text goes.
struct Extent {
  std::size_t end = 0;    // past its last byte
  bool complete = false;  // its end was seen; otherwise the data ended
  bool torn = false;
  bool frame_ended = false;
};

// The end of what begins at the start of `text`, which is in a frame or not.
Extent find_end(std::string_view text, bool in_frame, bool at_end) {
  const char field = text.size() > 3 ? text[3] : '|';
  const bool is_message = text.starts_with("MSH");
  bool has_carriage_return = false;
  std::size_t at = 1;
  while (at < text.size()) {
    const std::size_t control = find_message_break(text, at, has_carriage_return);
    if (control == text.size()) {
      break;
    }
    if (text[control] == 'M') {
      // A header in the middle of a line: whatever this is, it was cut there.
      at = control + 1;
      const std::string_view rest = text.substr(control);
      if (rest.size() < 4 || may_separate(rest[3])) {
        const LineKind kind = classify(rest, LineBreak::kNone, field, at_end);
        if (kind == LineKind::kUnknownYet) {
          return {};
        }
        if (kind == LineKind::kHeader) {
          // With nothing but blanks before it, it is in the middle of no line.
          std::size_t end = control;
          while (end > 0 && is_blank(text[end - 1]) && !is_line_end(text[end - 1])) {
            --end;
          }
          const bool begins_line = end < control && end > 0 && is_line_end(text[end - 1]);
          return {.end = begins_line ? end : control, .complete = true, .torn = !begins_line};
        }
      }
      continue;
    }
    const char c = text[control];
    at = control + 1;
    if (c == kFrameEnd) {
      if (at == text.size() && !at_end) {
        return {};
      }
      if (at == text.size() || is_line_end(text[at]) || text[at] == kFrameStart) {
        return {.end = control, .complete = true, .frame_ended = in_frame};
      }
    } else if (c == kFrameStart) {
      const LineKind kind = classify(text.substr(at), LineBreak::kTerminator, field, at_end);
      if (kind == LineKind::kUnknownYet) {
        return {};
      }
      if (kind != LineKind::kOther) {
        return {.end = control, .complete = true, .torn = in_frame};
      }
    } else if (is_line_end(c)) {
      has_carriage_return = has_carriage_return || c == '\r';
      const bool terminates = c == '\r' || text[control - 1] == '\r' || !is_message;
      std::string_view rest = text.substr(at);
      if (rest.starts_with(kByteOrderMark)) {
        rest.remove_prefix(kByteOrderMark.size());
      }
      const LineBreak before = terminates ? LineBreak::kTerminator : has_carriage_return ? LineBreak::kTextLine : LineBreak::kLineFeed;
      const LineKind kind = classify(rest, before, field, at_end);
      if (kind == LineKind::kUnknownYet) {
        return {};
      }
      if (kind != LineKind::kOther) {
        return {.end = control, .complete = true};
      }
    }
  }
  return {.end = text.size(), .complete = at_end, .torn = in_frame};
}

// The count in field 1 of a trailer; nothing where there is none.
std::optional<std::uint64_t> trailer_count(std::string_view segment) {
  std::uint64_t count = 0;
  const std::string_view field = segment.substr(std::min<std::size_t>(4, segment.size()));
  const auto [end, failure] = std::from_chars(field.data(), field.data() + field.size(), count);
  return failure == std::errc() ? std::optional(count) : std::nullopt;
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (is_line_end(text.back()) || text.back() == kFrameEnd || text.back() == '\0' || text.back() == '\x1a')) {
    text.remove_suffix(1);
  }
  return text;
}

// Whether the last line of a message was cut before its segment's name was whole.
bool ends_in_the_middle(std::string_view message) {
  const char terminator = message.find('\r') == std::string_view::npos ? '\n' : '\r';
  const auto* const line_end = static_cast<const char*>(::memrchr(message.data(), terminator, message.size()));
  std::string_view last = line_end == nullptr ? message : message.substr(static_cast<std::size_t>(line_end - message.data()) + 1);
  while (!last.empty() && last.front() == '\n') {
    last.remove_prefix(1);
  }
  const auto opens_name = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return last.size() < 3 && std::ranges::all_of(last, opens_name);
}

Piece check_message(std::string_view bytes, std::uint64_t position, bool torn) {
  Piece piece{.kind = PieceKind::kBroken, .bytes = bytes, .position = position, .reason = {}, .detail = {}};
  if (torn) {
    piece.reason = "torn_message";
    piece.detail = fmt::format("another message begins, or the frame breaks off, after {} bytes", bytes.size());
  } else if (!parse_delimiters(bytes)) {
    piece.reason = "invalid_delimiters";
    piece.detail = "MSH-1 or MSH-2 names no usable delimiters";
  } else if (message_type(bytes).empty()) {
    piece.reason = "no_message_type";
    piece.detail = "MSH-9 is empty, or the header is cut before it";
  } else if (ends_in_the_middle(bytes)) {
    piece.reason = "torn_message";
    piece.detail = fmt::format("the message ends inside a segment's name, after {} bytes", bytes.size());
  } else {
    piece.kind = PieceKind::kMessage;
  }
  return piece;
}

// Text without a header.
Piece no_message(std::string_view bytes, std::uint64_t position) {
  Piece piece{.kind = PieceKind::kBroken, .bytes = bytes, .position = position, .reason = "no_msh_segment", .detail = {}};
  constexpr std::string_view kOfTwoBytes("M\0S\0H", 5);
  constexpr std::string_view kOfFourBytes("M\0\0\0S\0\0\0H", 9);
  constexpr std::size_t kMostBefore = 7;  // a byte order mark, and zeros before the first letter
  const std::string_view beginning = bytes.substr(0, kMostBefore + kOfFourBytes.size());
  for (const std::string_view header : {kOfTwoBytes, kOfFourBytes}) {
    if (beginning.contains(header)) {
      piece.reason = "unicode_of_wide_units";
      piece.detail = fmt::format("the text is UTF-{}, in which no delimiter is a byte: HL7 v2 wants UTF-8", header == kOfTwoBytes ? 16 : 32);
      return piece;
    }
  }
  piece.detail = fmt::format("{} bytes without an MSH segment", bytes.size());
  return piece;
}

// Counts an envelope segment, and compares a trailer with what was counted.
Piece check_envelope(std::string_view bytes, std::uint64_t position, SplitterState& state) {
  Piece piece{.kind = PieceKind::kEnvelope, .bytes = bytes, .position = position, .reason = {}, .detail = {}};
  const std::string_view name = bytes.substr(0, 3);
  std::uint64_t found = 0;
  if (name == "FHS") {
    state.batch_messages = state.file_batches = 0;
  } else if (name == "BHS") {
    state.batch_messages = 0;
    ++state.file_batches;
  } else {
    found = name == "BTS" ? state.batch_messages : state.file_batches;
    const auto announced = trailer_count(bytes);
    // A file without BHS is one batch.
    const bool agrees = !announced || *announced == found || (name == "FTS" && found == 0 && *announced == 1);
    if (!agrees) {
      piece.kind = PieceKind::kBroken;
      piece.reason = "count_mismatch";
      piece.detail = fmt::format("{}-1 announces {} {}, {} were found", name, *announced, name == "BTS" ? "messages" : "batches", found);
    }
  }
  return piece;
}

}  // namespace

void MessageSplitter::split(std::string_view data, bool at_end, std::vector<Piece>& pieces) {
  const std::uint64_t base = state_.position;
  std::size_t at = 0;
  while (at < data.size()) {
    if (is_blank(data[at])) {
      if (data[at] == kFrameStart) {
        state_.in_frame = true;
      } else if (data[at] == kFrameEnd) {
        state_.in_frame = false;
      }
      state_.position = base + ++at;
      continue;
    }
    std::string_view rest = data.substr(at);
    if (kByteOrderMark.starts_with(rest.substr(0, 3))) {
      if (rest.size() < kByteOrderMark.size() && !at_end) {
        return;
      }
      at += std::min(rest.size(), kByteOrderMark.size());
      state_.position = base + at;
      continue;
    }
    const LineKind kind = classify(rest, LineBreak::kTerminator, '|', at_end);
    if (kind == LineKind::kUnknownYet) {
      return;
    }
    if (kind == LineKind::kEnvelope) {
      bool whole = false;
      const std::string_view line = first_line(rest, whole);
      if (!whole && !at_end) {
        return;
      }
      pieces.push_back(check_envelope(line, base + at, state_));
      at += line.size();
      state_.position = base + at;
      continue;
    }
    const Extent extent = find_end(rest, state_.in_frame, at_end);
    if (!extent.complete) {
      return;
    }
    const std::string_view bytes = trim_end(rest.substr(0, extent.end));
    if (kind == LineKind::kHeader) {
      ++state_.batch_messages;
      pieces.push_back(check_message(bytes, base + at, extent.torn));
    } else {
      pieces.push_back(no_message(bytes, base + at));
    }
    state_.in_frame = state_.in_frame && !extent.frame_ended;
    at += extent.end;
    state_.position = base + at;
  }
}

}  // namespace lakeflow::hl7v2
