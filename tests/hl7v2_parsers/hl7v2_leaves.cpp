// hl7v2_leaves FILE…: what libs/hl7v2 finds in files of HL7 v2, down to the last subcomponent, as one JSON object a line, for
// tools/compare-hl7v2:
//
//   {"file":0,"position":0,"length":812,"kind":"message","segments":[["MSH",[[3,1,1,1,"raw","text"],…]],…]}
//
// The numbers are those of field, repetition, component and subcomponent, from 1; values that are empty are left out. "text" is there
// where it is not the raw value: escape sequences are read. A byte that could not be decoded is a lone surrogate.

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/escape_sequence.h"
#include "libs/hl7v2/message.h"
#include "libs/hl7v2/message_splitter.h"

namespace lakeflow::hl7v2 {
namespace {

// Keeps the lone surrogates, which are no characters to other writers of JSON.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// The first set of MSH-18 that is more than ASCII.
CharacterSet character_set_of(const MessageTokens& tokens) {
  const Part names = field(tokens, tokens.segments.front(), 18);
  for (std::uint32_t i = 1; i <= names.repetition_count(); ++i) {
    const std::string_view name = names.repetition(i).raw();
    if (name.empty() || name == "ASCII" || name == "ISO IR6") {
      continue;
    }
    auto found = CharacterSet::find(name);
    return found ? std::move(*found) : CharacterSet::utf8();
  }
  return CharacterSet::utf8();
}

class LeafWriter {
 public:
  LeafWriter(const MessageTokens& tokens, CharacterSet& character_set) : tokens_(tokens), character_set_(character_set) {}

  std::string segments() {
    for (const SegmentTokens& segment : tokens_.segments) {
      out_ += out_.empty() ? "[" : ",[";
      // The name is the first value: three characters, but for lines that are no segment.
      append_json_string(out_, tokens_.text.substr(segment.begin, tokens_.ends[segment.first_value] - segment.begin));
      out_ += ",[";
      is_first_ = true;
      for (std::uint32_t f = 1; f <= field_count(tokens_, segment); ++f) {
        add_field(segment, f);
      }
      out_ += "]]";
    }
    return std::move(out_);
  }

 private:
  void add_field(const SegmentTokens& segment, std::uint32_t f) {
    const Part whole = field(tokens_, segment, f);
    const bool is_encoding = f == 2 && is_header(segment.name);
    for (std::uint32_t r = 1; r <= whole.repetition_count(); ++r) {
      const Part repetition = whole.repetition(r);
      for (std::uint32_t c = 1; c <= repetition.count(Mark::kComponent); ++c) {
        const Part component = repetition.component(c);
        for (std::uint32_t s = 1; s <= component.count(Mark::kSubcomponent); ++s) {
          add_leaf({f, r, c, s}, component.subcomponent(s).raw(), is_encoding);
        }
      }
    }
  }

  void add_leaf(const std::array<std::uint32_t, 4>& place, std::string_view raw, bool is_encoding) {
    if (raw.empty()) {
      return;
    }
    out_ += fmt::format("{}[{},{},{},{},", is_first_ ? "" : ",", place[0], place[1], place[2], place[3]);
    is_first_ = false;
    append_json_string(out_, raw);
    text_.clear();
    if (!is_encoding) {
      unescape(raw, tokens_.delimiters, character_set_, text_);
    }
    if (!is_encoding && text_ != raw) {
      out_ += ',';
      append_json_string(out_, text_);
    }
    out_ += ']';
  }

  const MessageTokens& tokens_;
  CharacterSet& character_set_;
  std::string out_;
  std::string text_;
  bool is_first_ = true;
};

std::string piece_text(const Piece& piece, std::size_t file, Tokenizer& tokenizer, MessageTokens& tokens) {
  std::string line = fmt::format(R"({{"file":{},"position":{},"length":{},"kind":)", file, piece.position, piece.bytes.size());
  if (piece.kind == PieceKind::kBroken) {
    return line + fmt::format("\"broken\",\"reason\":\"{}\"}}\n", piece.reason);
  }
  if (piece.kind == PieceKind::kEnvelope) {
    return line + "\"envelope\"}\n";
  }
  line += R"("message","segments":[)";
  if (tokenizer.tokenize(piece.bytes, tokens)) {
    CharacterSet character_set = character_set_of(tokens);
    std::string text;
    character_set.append_utf8(piece.bytes, text);
    tokenizer.tokenize(text, tokens);
    line += LeafWriter(tokens, character_set).segments();
  }
  return line + "]}\n";
}

bool write_leaves(const char* path, std::size_t number) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fmt::print(stderr, "hl7v2_leaves: {} can't be read\n", path);
    return false;
  }
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  MessageSplitter splitter;
  std::vector<Piece> pieces;
  splitter.split(bytes, true, pieces);
  Tokenizer tokenizer;
  MessageTokens tokens;
  for (const Piece& piece : pieces) {
    const std::string line = piece_text(piece, number, tokenizer, tokens);
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return true;
}

}  // namespace
}  // namespace lakeflow::hl7v2

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!lakeflow::hl7v2::write_leaves(argv[i], static_cast<std::size_t>(i - 1))) {
      return 2;
    }
  }
  return 0;
}
