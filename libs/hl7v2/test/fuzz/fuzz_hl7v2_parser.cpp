// libFuzzer: bytes as a stream's, through splitter, tokenizer, character sets and escape sequences. The first byte says in how large
// pieces they come: whatever they are, the messages are those that come in one piece, every byte is somewhere, and what the tokens say
// is what plain cuts at the delimiters give.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/escape_sequence.h"
#include "libs/hl7v2/message.h"
#include "libs/hl7v2/message_splitter.h"

namespace lakeflow::hl7v2 {
namespace {

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

std::vector<Piece> split(std::string_view bytes, std::size_t step, SplitterState& end) {
  MessageSplitter splitter;
  std::vector<Piece> pieces;
  for (std::size_t seen = std::min(step, bytes.size());; seen = std::min(seen + step, bytes.size())) {
    const auto from = static_cast<std::size_t>(splitter.state().position);
    splitter.split(bytes.substr(from, seen - from), seen == bytes.size(), pieces);
    if (seen == bytes.size()) {
      end = splitter.state();
      return pieces;
    }
  }
}

bool is_passed_over(char c) { return std::string_view("\r\n\x0b\x1c \t\x1a\xEF\xBB\xBF\0", 11).contains(c); }

// Pieces come in order, do not overlap, and between them is nothing but what separates messages.
void check_places(std::string_view bytes, const std::vector<Piece>& pieces) {
  std::size_t at = 0;
  for (const Piece& piece : pieces) {
    require(piece.position >= at && bytes.substr(piece.position, piece.bytes.size()) == piece.bytes, "a piece is not where it says");
    for (; at < piece.position; ++at) {
      require(is_passed_over(bytes[at]), "a byte is in no piece");
    }
    at += piece.bytes.size();
  }
  for (; at < bytes.size(); ++at) {
    require(is_passed_over(bytes[at]), "a byte behind the last piece is in none");
  }
}

// What stands between two delimiters of a level, by a plain search.
std::vector<std::string_view> cut(std::string_view text, char delimiter) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t next = delimiter == kNoDelimiter ? std::string_view::npos : text.find(delimiter);
    parts.push_back(text.substr(0, next));
    if (next == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(next + 1);
  }
}

void check_segment(const MessageTokens& tokens, const SegmentTokens& segment, std::string_view text, CharacterSet& character_set) {
  const Delimiters& d = tokens.delimiters;
  const bool is_first = segment.begin == 0;
  std::vector<std::string_view> fields = cut(text, d.field);
  const std::uint32_t shift = is_header(segment.name) ? 1 : 0;
  require(field_count(tokens, segment) + 1 == fields.size() + shift, "another number of fields");
  for (std::uint32_t f = 1; f < fields.size(); ++f) {
    const Part whole = field(tokens, segment, f + shift);
    require(whole.raw() == fields[f], "another field");
    if (is_first && f == 1) {
      continue;  // MSH-2
    }
    const auto repetitions = cut(fields[f], d.repetition);
    require(whole.repetition_count() == repetitions.size(), "another number of repetitions");
    for (std::uint32_t r = 0; r < repetitions.size(); ++r) {
      const auto components = cut(repetitions[r], d.component);
      for (std::uint32_t c = 0; c < components.size(); ++c) {
        const Part component = whole.repetition(r + 1).component(c + 1);
        require(component.raw() == components[c], "another component");
        const auto parts = cut(components[c], d.subcomponent);
        for (std::uint32_t s = 0; s < parts.size(); ++s) {
          require(component.subcomponent(s + 1).raw() == parts[s], "another subcomponent");
          std::string meaning;
          unescape(parts[s], d, character_set, meaning);
          const bool has_escape = d.escape != kNoDelimiter && parts[s].contains(d.escape);
          require(has_escape || meaning == parts[s], "a text without escape character changed");
          require(!has_escape || segment.has_escape, "an escape character was not noted");
        }
      }
    }
  }
}

void check_message(std::string_view bytes, Tokenizer& tokenizer) {
  MessageTokens tokens;
  require(tokenizer.tokenize(bytes, tokens), "a message that can't be divided");
  require(!tokens.segments.empty() && tokens.segments.front().name == segment_name("MSH"), "a message that does not begin with MSH");
  require(tokens.is_ascii == is_ascii(bytes), "ASCII or not");
  const Part set = field(tokens, tokens.segments.front(), 18).repetition(1);
  auto found = CharacterSet::find(set.raw());
  CharacterSet character_set = found ? std::move(*found) : CharacterSet::utf8();
  std::string text;
  character_set.append_utf8(bytes, text);
  if (!tokenizer.tokenize(text, tokens)) {
    return;  // a set in which the header is none
  }
  const char terminator = text.contains('\r') ? '\r' : '\n';
  std::size_t count = 0;
  std::size_t line_begin = 0;
  for (std::string_view line : cut(text, terminator)) {
    std::size_t begin = line_begin;
    line_begin += line.size() + 1;
    while (line.starts_with('\n')) {
      line.remove_prefix(1);
      ++begin;
    }
    if (const std::size_t name = line.find_first_not_of(" \t"); count > 0 && name != 0 && name != std::string_view::npos && name + 3 < line.size() &&
                                                                line[name + 3] == tokens.delimiters.field && is_segment_name(line.substr(name, 3))) {
      line.remove_prefix(name);
      begin += name;
    }
    while (line_begin > text.size() && line.ends_with('\n')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    require(count < tokens.segments.size() && tokens.segments[count].begin == begin, "another segment");
    check_segment(tokens, tokens.segments[count++], line, character_set);
  }
  require(count == tokens.segments.size(), "another number of segments");
}

void check(std::string_view bytes, std::size_t step) {
  SplitterState whole_end;
  SplitterState cut_end;
  const std::vector<Piece> whole = split(bytes, bytes.size(), whole_end);
  const std::vector<Piece> in_pieces = split(bytes, step, cut_end);
  require(whole_end.position == bytes.size() && whole_end == cut_end, "another state at the end");
  require(whole.size() == in_pieces.size(), "another number of pieces");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    require(whole[i].kind == in_pieces[i].kind && whole[i].position == in_pieces[i].position && whole[i].bytes == in_pieces[i].bytes &&
                whole[i].reason == in_pieces[i].reason,
            "another piece");
  }
  check_places(bytes, whole);
  static Tokenizer tokenizer;
  for (const Piece& piece : whole) {
    if (piece.kind == PieceKind::kMessage) {
      check_message(piece.bytes, tokenizer);
    }
  }
}

}  // namespace
}  // namespace lakeflow::hl7v2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1) {
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    lakeflow::hl7v2::check(bytes, 1 + bytes.size() * data[0] / 255);
  }
  return 0;
}
