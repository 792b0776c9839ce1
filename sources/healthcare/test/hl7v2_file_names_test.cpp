// Which file is which: renamed, copied, written anew, edited, a name used again, one that is no text; and what the state says of them.

#include <chrono>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_file_reading.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

TEST(Hl7Files, ReportsAFileThatWasWrittenAnewOnceAndDoesNotReadItAgain) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1, 2));
  source.folder().write("b.hl7", message(3));
  EXPECT_EQ(ids(source.read()), "1 2 3");
  source.folder().write("a.hl7", messages(7, 9));
  source.folder().write("b.hl7", "");
  const Reading second = source.read();
  EXPECT_EQ(ids(second), "");
  EXPECT_EQ(second.filtered.at("file_rewritten"), 2U);
  EXPECT_EQ(source.warnings().size(), 2U);
  EXPECT_TRUE(source.read().filtered.empty()) << "said once";

  source.folder().write("a.hl7", messages(1, 2) + message(4));
  EXPECT_EQ(ids(source.read()), "4") << "what was read is there again";
}

TEST(Hl7Files, ReadsWhatWasWrittenAnewAsAnotherFileWhereTheOptionsSaySo) {
  Hl7TestSource source({{"on_rewrite", "read"}});
  Reading all;
  const auto read = [&] {
    const Reading reading = source.read();
    for (const auto& [table, rows] : reading.tables) {
      all.tables[table].insert(all.tables[table].end(), rows.begin(), rows.end());
    }
    all.origins.insert(reading.origins.begin(), reading.origins.end());
    return ids(reading);
  };
  source.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(read(), "1 2");
  source.folder().write("a.hl7", messages(7, 9));
  EXPECT_EQ(read(), "7 8 9");
  EXPECT_EQ(source.warnings().size(), 1U);
  source.folder().append("a.hl7", message(10));
  EXPECT_EQ(read(), "10") << "it grows like any other";
  source.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(read(), "1 2") << "also where it is as it once was";
  EXPECT_EQ(read(), "");
  EXPECT_EQ(record_ids(all).size(), 8U * 3);
  EXPECT_EQ(all.origins, (std::set<std::string>{"a.hl7", "a.hl7#2", "a.hl7#3"}));

  rename(source.folder(), "a.hl7", "b.hl7");
  source.folder().append("b.hl7", message(3));
  source.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(read(), "1 2 3");
  EXPECT_EQ(record_ids(all).size(), 11U * 3) << "and its keys are kept under another name, too";
}

TEST(Hl7Files, SaysOnceThatALargeFileMayHaveBeenEdited) {
  Hl7TestSource source;
  std::string text = messages(1000, 2999);
  ASSERT_GT(text.size(), 140'000U);
  source.folder().write("large.hl7", text);
  source.folder().write("small.hl7", message(1));
  EXPECT_EQ(source.read().records, 2001U);
  set_time(source.folder(), "small.hl7", std::chrono::seconds(30));
  EXPECT_TRUE(source.read().filtered.empty()) << "all of it is known to be the same";

  text[text.size() / 2] = '#';
  source.folder().write("large.hl7", text);
  set_time(source.folder(), "large.hl7", std::chrono::seconds(30));
  const Reading edited = source.read();
  EXPECT_EQ(edited.records, 0U);
  EXPECT_EQ(edited.filtered.at("file_touched"), 1U);
  ASSERT_EQ(source.warnings().size(), 1U);
  EXPECT_NE(source.warnings()[0].find("changed inside"), std::string::npos);
  EXPECT_TRUE(source.read().filtered.empty()) << "said once";

  source.folder().append("large.hl7", message(3000));
  EXPECT_EQ(ids(source.read()), "3000");
}

// Where rows of pid say that they come from, each once.
std::vector<std::string> source_files(const Reading& reading) { return {reading.origins.begin(), reading.origins.end()}; }

TEST(Hl7Files, TakesARenamedFileForTheSame) {
  Hl7TestSource source({{"recursive", "true"}});
  source.folder().write("a.hl7", messages(1, 2));
  Reading all = source.read();
  EXPECT_EQ(ids(all), "1 2");
  fs::create_directory(source.folder().path() / "done");
  rename(source.folder(), "a.hl7", "done/b.hl7");
  EXPECT_EQ(ids(source.read()), "") << "nothing of it is read again";
  EXPECT_FALSE(source.state().contains("file/a.hl7"));
  ASSERT_TRUE(source.state().contains("file/done/b.hl7"));

  source.folder().append("done/b.hl7", message(3));
  const Reading grown = source.read();
  EXPECT_EQ(ids(grown), "3");
  EXPECT_EQ(source_files(grown), std::vector<std::string>{"done/b.hl7"}) << "where it is now";

  // The keys are those of a file that was never renamed.
  Hl7TestSource still;
  still.folder().write("a.hl7", messages(1, 3));
  for (auto& [table, rows] : all.tables) {
    const std::vector<std::string>& more = grown.tables.at(table);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  EXPECT_EQ(all.tables, still.read().tables);

  rename(source.folder(), "done/b.hl7", "a.hl7");
  EXPECT_EQ(ids(source.read()), "") << "and back";
  source.folder().append("a.hl7", message(4));
  still.folder().append("a.hl7", message(4));
  const Reading back = source.read();
  EXPECT_EQ(back.tables, still.read().tables);
  EXPECT_EQ(source_files(back), std::vector<std::string>{"a.hl7"});
  EXPECT_TRUE(source.warnings().empty());
}

TEST(Hl7Files, FollowsAFileThatGrewWhileItWasRenamedOrWasRenamedInItsMiddle) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(ids(source.read()), "1 2");
  rename(source.folder(), "a.hl7", "b.hl7");
  source.folder().append("b.hl7", message(3));
  EXPECT_EQ(ids(source.read()), "3");

  // A window is at least 64 KB: the file is larger than one.
  source.folder().write("large.hl7", messages(1001, 2000));
  const Reading part = source.read(1, 1);
  ASSERT_EQ(part.end, "killed");
  ASSERT_GT(part.records, 0U);
  ASSERT_LT(part.records, 1000U);
  rename(source.folder(), "large.hl7", "moved.hl7");
  EXPECT_EQ(part.records + source.read().records, 1000U);
}

TEST(Hl7Files, TakesACopyForAnotherFile) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1, 2));
  Reading first = source.read();
  fs::copy(source.folder().path() / "a.hl7", source.folder().path() / "copied.hl7");
  fs::create_hard_link(source.folder().path() / "a.hl7", source.folder().path() / "linked.hl7");
  const Reading second = source.read();
  EXPECT_EQ(ids(second), "1 2 1 2");
  for (const auto& [table, rows] : second.tables) {
    first.tables[table].insert(first.tables[table].end(), rows.begin(), rows.end());
  }
  EXPECT_EQ(record_ids(first).size(), 3U * 3 * 2);
  fs::remove(source.folder().path() / "a.hl7");
  EXPECT_EQ(ids(source.read()), "") << "the link was read by its own name";
  // And one whose original is gone afterwards, as mv does it between file systems.
  fs::copy(source.folder().path() / "copied.hl7", source.folder().path() / "moved.hl7");
  fs::remove(source.folder().path() / "copied.hl7");
  EXPECT_EQ(ids(source.read()), "1 2") << "another inode: it may be another file with the same content";
}

// A file system gives the inode of a deleted file to the next new one. Here it is the same file, written anew in place.
TEST(Hl7Files, IsNotMisledByAnInodeThatIsUsedAgain) {
  const auto reuse = [](std::string_view content, std::chrono::seconds ago) {
    Hl7TestSource source;
    source.folder().write("a.hl7", messages(1, 2));
    EXPECT_EQ(ids(source.read()), "1 2");
    source.folder().write("a.hl7", content);
    rename(source.folder(), "a.hl7", "b.hl7");
    set_time(source.folder(), "b.hl7", ago);
    std::string read = ids(source.read());
    EXPECT_TRUE(source.state().at("file/a.hl7").contains("missing_since"));
    return read;
  };
  EXPECT_EQ(reuse(messages(7, 9), std::chrono::seconds(20)), "7 8 9") << "longer";
  EXPECT_EQ(reuse(messages(8, 9), std::chrono::seconds(20)), "8 9") << "as long";
  EXPECT_EQ(reuse(message(9), std::chrono::seconds(20)), "9") << "shorter";
  EXPECT_EQ(reuse(messages(1, 2), std::chrono::seconds(20)), "1 2") << "the same message sent once more";
}

TEST(Hl7Files, KeepsTheKeysOfARotatedLogApart) {
  Hl7TestSource source({{"file_pattern", "adt*"}});
  Reading all;
  std::set<std::string> places;
  const auto read = [&] {
    Reading reading = source.read();
    for (const auto& [table, rows] : reading.tables) {
      all.tables[table].insert(all.tables[table].end(), rows.begin(), rows.end());
    }
    for (const std::string& origin : reading.origins) {
      EXPECT_TRUE(places.insert(origin).second) << origin << ": joins by _source_file would mix two files";
    }
    return ids(reading);
  };
  source.folder().write("adt.hl7", messages(1, 2));
  EXPECT_EQ(read(), "1 2");
  rename(source.folder(), "adt.hl7", "adt.hl7.1");
  source.folder().write("adt.hl7", messages(3, 4));
  EXPECT_EQ(read(), "3 4");
  // All names change places at once.
  for (int day = 0; day < 3; ++day) {
    for (int i = day + 1; i > 0; --i) {
      rename(source.folder(), fmt::format("adt.hl7.{}", i), fmt::format("adt.hl7.{}", i + 1));
    }
    rename(source.folder(), "adt.hl7", "adt.hl7.1");
    source.folder().write("adt.hl7", messages(5 + 2 * day, 6 + 2 * day));
    EXPECT_EQ(read(), fmt::format("{} {}", 5 + 2 * day, 6 + 2 * day));
  }
  EXPECT_EQ(record_ids(all).size(), 10U * 3) << "the messages stand at the same places of files with the same name";
  EXPECT_TRUE(places.contains("adt.hl7#5"));
  EXPECT_EQ(source.state().size(), 5U) << "no more entries than files";
  EXPECT_TRUE(source.warnings().empty());
}

TEST(Hl7Files, ARenamedFileMayTakeTheNameOfAKnownOne) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1, 2));
  source.folder().write("b.hl7", messages(3, 4));
  EXPECT_EQ(ids(source.read()), "1 2 3 4");
  rename(source.folder(), "a.hl7", "b.hl7");
  EXPECT_EQ(ids(source.read()), "");
  EXPECT_EQ(source.state().size(), 1U);
  source.folder().append("b.hl7", message(5));
  EXPECT_EQ(ids(source.read()), "5");
  EXPECT_TRUE(source.warnings().empty());
}

// Tables that stand at the same offset are read together: so it must be the same only where the same files were read.
TEST(Hl7Files, TellsStatesApartByTheirOffsets) {
  Hl7TestSource one;
  one.folder().write("a.hl7", message(1));
  one.read();
  const Offset after_a = one.offset();
  one.folder().write("b.hl7", message(2));
  one.read();
  const Offset after_both = one.offset();
  EXPECT_NE(after_a, after_both);
  Hl7TestSource other({{"storage_path", one.folder().path().string()}});
  other.read();
  EXPECT_EQ(other.offset(), after_both) << "a table that was added later and has caught up joins the others";
  EXPECT_EQ(other.state(), one.state());
}

TEST(Hl7Files, NoticesThatAnEntryOfItsStateIsGone) {
  Hl7TestSource source;
  source.folder().write("a.hl7", message(1));
  source.folder().write("b.hl7", message(2));
  EXPECT_EQ(ids(source.read()), "1 2");
  source.change_state("file/a.hl7", std::nullopt);
  EXPECT_TRUE(source.read().error.starts_with("the entries of its state in the destination are not those")) << "else it would be read twice";
}

TEST(Hl7Files, GoesOnFromAnOffsetOfAnOlderVersion) {
  Hl7TestSource source;
  source.folder().write("a.hl7", message(1));
  source.read();
  source.set_offset(Offset(R"({"changes":3})"));
  source.folder().write("b.hl7", message(2));
  EXPECT_EQ(ids(source.read()), "2");
  EXPECT_TRUE(source.offset().json().starts_with(R"({"files":")"));
}

TEST(Hl7Files, ReadsAFileWhoseNameIsNoText) {
  Hl7TestSource source;
  source.folder().write("M\xFCller.hl7", message(1));
  source.folder().write("M\xC3\xBCller.hl7", message(2));
  source.folder().write("M%FCller.hl7", message(3));
  const Reading reading = source.read();
  EXPECT_EQ(ids(reading), "3 2 1");
  EXPECT_EQ(reading.origins, (std::set<std::string>{"M%25FCller.hl7", "M\xC3\xBCller.hl7", "M%FCller.hl7"}));
  EXPECT_TRUE(source.state().contains("file/M%FCller.hl7"));
  EXPECT_EQ(record_ids(reading).size(), 3U * 3);
  source.folder().append("M\xFCller.hl7", message(4));
  EXPECT_EQ(ids(source.read()), "4") << "it is known again";
}

}  // namespace
}  // namespace lakeflow
