#include "testing/reference/marked_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kDocument =
    "# Orders\n\nBy hand.\n<!-- lakeflow docs: options -->\nold\n<!-- /lakeflow docs -->\nMore by hand,\r\nand no end of line";

TEST(MarkedParts, TouchesNothingOutsideOfTheMarks) {
  EXPECT_EQ(replace_marked_parts(kDocument, std::vector<MarkedPart>{{"options", "new\nand newer\n"}, {"tables", "unmarked\n"}}).value(),
            "# Orders\n\nBy hand.\n<!-- lakeflow docs: options -->\nnew\nand newer\n<!-- /lakeflow docs -->\nMore by hand,\r\nand no end of line");
}

TEST(MarkedParts, IsTheSameWhenWrittenAgain) {
  const std::vector<MarkedPart> parts = {{"options", "new\n"}};
  const std::string once = replace_marked_parts(kDocument, parts).value();
  EXPECT_EQ(replace_marked_parts(once, parts).value(), once);
  EXPECT_EQ(find_marked_part(once, "options").value(), "new\n");
}

TEST(MarkedParts, SaysWhatIsNotThere) {
  EXPECT_EQ(find_marked_part(kDocument, "options").value(), "old\n");
  EXPECT_EQ(find_marked_part(kDocument, "tables").value(), std::nullopt);
}

TEST(MarkedParts, WorksWithTheLineEndsOfOtherSystems) {
  EXPECT_EQ(find_marked_part("<!-- lakeflow docs: tables -->\r\nold\r\n<!-- /lakeflow docs -->\r\n", "tables").value(), "old\r\n");
}

std::string refusal(std::string_view document) {
  const auto found = find_marked_part(document, "options");
  return found ? "accepted" : found.error().message();
}

TEST(MarkedParts, RefusesMarksThatDoNotMatch) {
  EXPECT_EQ(refusal("\n<!-- lakeflow docs: options -->\ntext\n"), "line 2: the part options is never closed");
  EXPECT_EQ(refusal("text\n<!-- /lakeflow docs -->\n"), "line 2: no part is open");
  EXPECT_EQ(refusal("<!-- lakeflow docs: options -->\n<!-- lakeflow docs: tables -->\n"), "line 2: the part options of line 1 is not closed yet");
  EXPECT_EQ(refusal("<!-- lakeflow docs: options -->\n<!-- /lakeflow docs -->\n<!-- lakeflow docs: options -->\n<!-- /lakeflow docs -->\n"),
            "line 3: the part options stands twice");
}

TEST(DifferentLines, AreThoseThatOnlyOneTextHas) {
  EXPECT_THAT(different_lines("a\nb\nc\n", "a\nB\nc\n"), ElementsAre("- b", "+ B"));
  EXPECT_THAT(different_lines("a\nb\n", "a\nb\n"), IsEmpty());
  EXPECT_THAT(different_lines("a\nb\n", "b\na\n"), ElementsAre("the same lines in another order or number"));
}

}  // namespace
}  // namespace lakeflow
