// Runs every file of test/cases: bytes in, messages with all their values out. The format:
//
//   # what the case is about
//   --- input       the bytes; a line's end is no byte, <CR> <LF> <VT> <FS> <BOM> and <E9> (hexadecimal) are; <3*ab> is ababab, here and below
//   --- output      what the parser makes of them, one line a piece and one a segment
//
// Each case runs whole and cut into pieces of every size from 1 byte on: the output is the same.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/escape_sequence.h"
#include "libs/hl7v2/message.h"
#include "libs/hl7v2/message_splitter.h"
#include "libs/hl7v2/test/case_text.h"

namespace lakeflow::hl7v2 {
namespace {

struct Case {
  std::string input;
  std::string output;
};

std::string fold(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    switch (c) {
      case '\r': text += "<CR>"; break;
      case '\n': text += "<LF>"; break;
      case '\x0b': text += "<VT>"; break;
      case '\x1c': text += "<FS>"; break;
      default: text += static_cast<unsigned char>(c) < 0x20 || c == '\x7f' ? fmt::format("<{:02X}>", static_cast<unsigned>(c)) : std::string(1, c);
    }
  }
  return text;
}

Case load(const std::filesystem::path& path) {
  std::ifstream file(path);
  Case loaded;
  std::string* section = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line == "--- input") {
      section = &loaded.input;
    } else if (line == "--- output") {
      section = &loaded.output;
    } else if (section == &loaded.input) {
      loaded.input += unfold(repeated(line));
    } else if (section == &loaded.output) {
      loaded.output += repeated(line) + "\n";
    }
  }
  return loaded;
}

void show_values(const MessageTokens& tokens, CharacterSet& character_set, std::string& out) {
  for (const SegmentTokens& segment : tokens.segments) {
    const std::string name = is_segment_name(tokens.text.substr(segment.begin, 3)) && segment.name != kNoSegmentName
                                 ? std::string(tokens.text.substr(segment.begin, 3))
                                 : "?";
    out += "  " + name;
    for (std::uint32_t f = 1; f <= field_count(tokens, segment); ++f) {
      const Part whole = field(tokens, segment, f);
      for (std::uint32_t r = 1; r <= whole.repetition_count(); ++r) {
        const Part repetition = whole.repetition(r);
        for (std::uint32_t c = 1; c <= repetition.count(Mark::kComponent); ++c) {
          const Part component = repetition.component(c);
          for (std::uint32_t s = 1; s <= component.count(Mark::kSubcomponent); ++s) {
            const Part value = component.subcomponent(s);
            if (value.empty()) {
              continue;
            }
            std::string text;
            if (is_header(segment.name) && f == 2) {
              text = value.raw();
            } else {
              unescape(value.raw(), tokens.delimiters, character_set, text);
            }
            std::string shown;
            append_shown(text, shown);
            out += fmt::format("  {}{}{}{}:{}", f, whole.repetition_count() > 1 ? fmt::format("[{}]", r) : "",
                               repetition.count(Mark::kComponent) > 1 || component.count(Mark::kSubcomponent) > 1 ? fmt::format(".{}", c) : "",
                               component.count(Mark::kSubcomponent) > 1 ? fmt::format(".{}", s) : "", fold(shown));
          }
        }
      }
    }
    out += '\n';
  }
}

void show(const Piece& piece, Tokenizer& tokenizer, std::string& out) {
  if (piece.kind == PieceKind::kBroken) {
    out += fmt::format("broken at {}: {}: {}\n", piece.position, piece.reason, fold(piece.bytes));
    return;
  }
  out += fmt::format("{} at {}\n", piece.kind == PieceKind::kEnvelope ? "envelope" : "message", piece.position);
  MessageTokens tokens;
  if (!tokenizer.tokenize(piece.bytes, tokens)) {
    return;
  }
  // As a reader of messages does it: the character set that MSH-18 names, before anything is divided.
  CharacterSet character_set = CharacterSet::utf8();
  const Part name = field(tokens, tokens.segments.front(), 18).repetition(1);
  if (auto named = CharacterSet::find(name.raw()); named && tokens.segments.front().name == segment_name("MSH")) {
    character_set = std::move(*named);
  }
  std::string text;
  character_set.append_utf8(piece.bytes, text);
  ASSERT_TRUE(tokenizer.tokenize(text, tokens));
  show_values(tokens, character_set, out);
}

// Gives the splitter the input `step` bytes at a time.
std::string run(const std::string& input, std::size_t step) {
  MessageSplitter splitter;
  Tokenizer tokenizer;
  std::string out;
  for (std::size_t seen = std::min(step, input.size());; seen = std::min(seen + step, input.size())) {
    std::vector<Piece> pieces;
    const auto from = static_cast<std::size_t>(splitter.state().position);
    splitter.split(std::string_view(input).substr(from, seen - from), seen == input.size(), pieces);
    for (const Piece& piece : pieces) {
      show(piece, tokenizer, out);
    }
    if (seen == input.size()) {
      EXPECT_EQ(splitter.state().position, input.size());
      return out;
    }
  }
}

class CaseTest : public testing::TestWithParam<std::string> {};

TEST_P(CaseTest, GivesTheOutput) {
  const Case loaded = load(std::filesystem::path(LAKEFLOW_SOURCE_DIR) / "libs/hl7v2/test/cases" / (GetParam() + ".case"));
  ASSERT_FALSE(loaded.input.empty());
  EXPECT_EQ(run(loaded.input, loaded.input.size()), loaded.output);
  // What is long is cut into fewer pieces: each cut begins with the message again.
  const std::size_t least = loaded.input.size() > 100'000 ? 65'521 : 1;
  for (std::size_t step = least; step < loaded.input.size(); step += 1 + step / (least == 1 ? 16 : 2)) {
    EXPECT_EQ(run(loaded.input, step), loaded.output) << "cut into pieces of " << step << " bytes";
  }
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(LAKEFLOW_SOURCE_DIR) / "libs/hl7v2/test/cases")) {
    if (entry.path().extension() == ".case") {
      names.push_back(entry.path().stem());
    }
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Hl7v2, CaseTest, testing::ValuesIn(case_names()), [](const auto& param) { return param.param; });

}  // namespace
}  // namespace lakeflow::hl7v2
