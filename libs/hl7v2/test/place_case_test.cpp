// Runs every file of test/place_cases: a message in, the place of each of its segments out. The format:
//
//   # what the case is about
//   --- input
//   MSH|^~\&|||||||ORU^R01|||2.5.1      a segment a line; fields may be left out
//   --- output
//   1 PID PATIENT_RESULT[1].PATIENT[1]  index, name, group; "of PID 1": its parent; "patient 1"; "unplaced"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libs/hl7v2/segment_placer.h"

namespace lakeflow::hl7v2 {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(LAKEFLOW_SOURCE_DIR) / "libs/hl7v2/test/place_cases";

std::string name_of(const MessageTokens& message, std::uint32_t index) { return std::string(message.text.substr(message.segments[index].begin, 3)); }

std::string shown(const MessageTokens& message, const MessagePlaces& places) {
  std::string out = fmt::format("{} {}{}\n", version_text(places.version.version), places.version.is_exact ? "" : "instead ",
                                places.structure.name.empty() ? "no structure" : places.structure.name);
  for (std::uint32_t i = 0; i < places.segments.size(); ++i) {
    const SegmentPlace& place = places.segments[i];
    const std::string_view path = places.path(i);
    out += fmt::format("{} {}{}{}{}{}{}\n", i, name_of(message, i), path.empty() ? "" : " ", path,
                       place.parent == kNoSegment ? "" : fmt::format(" of {} {}", name_of(message, place.parent), place.parent),
                       place.patient == kNoSegment ? "" : fmt::format(" patient {}", place.patient), place.is_placed ? "" : " unplaced");
  }
  return out;
}

class PlaceCase : public testing::TestWithParam<std::string> {};

TEST_P(PlaceCase, GivesItsPlaces) {
  std::ifstream file(kCases / (GetParam() + ".case"));
  std::string input;
  std::string expected;
  std::string* section = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ")) {
      section = line == "--- input" ? &input : &expected;
    } else if (section != nullptr) {
      *section += line + (section == &input ? "\r" : "\n");
    }
  }
  Tokenizer tokenizer;
  MessageTokens message;
  ASSERT_TRUE(tokenizer.tokenize(input, message));
  const FirstFields header(message, message.segments.front());
  SegmentPlacer placer;
  EXPECT_EQ(shown(message, placer.place(message, header)), expected);
  EXPECT_EQ(shown(message, placer.place(message, header)), expected) << "by the steps that are known now";
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.path().extension() == ".case") {
      names.push_back(entry.path().stem());
    }
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Hl7v2, PlaceCase, testing::ValuesIn(case_names()), [](const auto& param) { return param.param; });

}  // namespace
}  // namespace lakeflow::hl7v2
