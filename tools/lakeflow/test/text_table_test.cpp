#include "tools/lakeflow/output/text_table.h"

#include <gtest/gtest.h>

#include "tools/lakeflow/output/display_text.h"

namespace lakeflow {
namespace {

TEST(TextTable, AlignsColumnsAndLeavesNoSpacesAtTheEnd) {
  TextTable table({{"TABLE"}, {"ROWS", Align::kRight}, {"NOTE"}});
  table.add({"Patient", "1,234", ""});
  table.add({"Observation", "9", "slow"});
  EXPECT_EQ(table.render(),
            "TABLE         ROWS  NOTE\n"
            "-----------  -----  ----\n"
            "Patient      1,234\n"
            "Observation      9  slow\n");
}

TEST(TextTable, RowsAfterTheFirstRenderKeepItsWidths) {
  TextTable table({{"A"}, {"B"}});
  table.add({"one", "1"});
  table.render();
  table.add({"two", "2"});
  table.add({"longer than before", "3"});
  EXPECT_EQ(table.render(),
            "two  2\n"
            "longer than before  3\n");
}

TEST(TextTable, CutsTheWidestColumnsToTheMaximum) {
  TextTable table({{"ID"}, {"TEXT"}}, 16);
  table.add({"17", "a rather long text"});
  EXPECT_EQ(table.render(),
            "ID  TEXT\n"
            "--  ------------\n"
            "17  a rather lo…\n");
}

TEST(TextTable, WideAndCombiningCharactersKeepTheColumnsInLine) {
  TextTable table({{"NAME"}, {"N"}});
  table.add({"山田太郎", "1"});
  table.add({"Zoe\u0308", "2"});
  EXPECT_EQ(table.render(),
            "NAME      N\n"
            "--------  -\n"
            "山田太郎  1\n"
            "Zoe\u0308       2\n");
}

TEST(DisplayText, WhatCouldSteerATerminalIsShownEscaped) {
  EXPECT_EQ(display_text("plain, Zoë, 山田"), "plain, Zoë, 山田");
  EXPECT_EQ(display_text("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(display_text("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(display_text("\xc2\x9b"
                         "31m"),
            "\\x9b31m");
  EXPECT_EQ(display_text("abc\u202Edcb"), "abc\\u202edcb");
}

TEST(DisplayText, BytesThatAreNoUtf8AreShownEscaped) {
  EXPECT_EQ(display_text("\xff"
                         "a\xc3"),
            "\\xffa\\xc3");
  EXPECT_EQ(display_text("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(display_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
}

TEST(DisplayText, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("山田太郎", 8), "山田太郎");
  EXPECT_EQ(cut_to_width("山田太郎", 6), "山田…");
  EXPECT_EQ(cut_to_width("Zoë Q", 4), "Zoë…");
}

}  // namespace
}  // namespace lakeflow
