// Which files are read, and when: new ones, grown, written anew, late, half-written, gone.

#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/hl7v2/hl7v2_tables.h"
#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

std::string message(int number) {
  return fmt::format("MSH|^~\\&|LAB|HOSP|||20240101120000||ORU^R01|{}|P|2.5\rPID|1||P{}\rOBR|1|||GLU\rOBX|1|NM|GLU||{}\r", number, number, number);
}

std::string messages(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) {
    text += message(i);
  }
  return text;
}

// The control ids that a reading gave, joined; each message gives one row of pid.
std::string ids(const Reading& reading) {
  std::string text = reading.error;
  const auto rows = reading.tables.find("pid");
  for (const std::string& row : rows == reading.tables.end() ? std::vector<std::string>() : rows->second) {
    constexpr std::string_view kMember = R"("message_control_id":")";
    const std::size_t at = row.find(kMember) + kMember.size();
    text += (text.empty() ? "" : " ") + row.substr(at, row.find('"', at) - at);
  }
  return text;
}

std::set<std::string> record_ids(const Reading& reading) {
  std::set<std::string> found;
  for (const auto& [table, rows] : reading.tables) {
    for (const std::string& row : rows) {
      EXPECT_TRUE(found.insert(table + row.substr(0, row.find(','))).second) << "keys are unique in a table";
    }
  }
  return found;
}

void set_time(const TemporaryFolder& folder, const std::string& name, std::chrono::seconds ago) {
  fs::last_write_time(folder.path() / name, fs::file_time_type::clock::now() - ago);
}

void rename(const TemporaryFolder& folder, const std::string& from, const std::string& to) { fs::rename(folder.path() / from, folder.path() / to); }

TEST(Hl7Files, ReadsNewFilesOnceInTheOrderOfTheirNames) {
  Hl7TestSource source;
  source.folder().write("b.hl7", messages(3, 4));
  source.folder().write("a.hl7", messages(1, 2));
  source.folder().write("notes.txt", messages(9, 9));
  EXPECT_EQ(ids(source.read()), "1 2 3 4");
  const Offset before = source.offset();
  EXPECT_EQ(ids(source.read()), "");
  EXPECT_EQ(source.offset(), before) << "nothing changed";
  source.folder().write("0.hl7", messages(5, 5));
  EXPECT_EQ(ids(source.read()), "5");
}

TEST(Hl7Files, MissesNoFileThatComesLateOrInTheSameInstant) {
  Hl7TestSource source;
  source.folder().write("a.hl7", message(1));
  EXPECT_EQ(ids(source.read()), "1");
  source.folder().write("copied.hl7", message(2));
  set_time(source.folder(), "copied.hl7", std::chrono::hours(24 * 365));
  source.folder().write("same.hl7", message(3));
  fs::last_write_time(source.folder().path() / "same.hl7", fs::last_write_time(source.folder().path() / "a.hl7"));
  EXPECT_EQ(ids(source.read()), "2 3");
}

TEST(Hl7Files, ReadsOnlyWhatIsNewInAFileThatGrew) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(ids(source.read()), "1 2");
  source.folder().append("a.hl7", messages(3, 4));
  EXPECT_EQ(ids(source.read()), "3 4");
  set_time(source.folder(), "a.hl7", std::chrono::seconds(30));
  EXPECT_EQ(ids(source.read()), "") << "only its time changed";
  source.folder().append("a.hl7", message(5));
  EXPECT_EQ(ids(source.read()), "5");
  EXPECT_TRUE(source.warnings().empty());
}

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

TEST(Hl7Files, PutsAsideAMessageWithoutAnEnd) {
  Hl7TestSource source;
  const std::string too_large = "MSH|^~\\&|LAB|HOSP|||20240101120000||ORU^R01|9|P|2.5\rOBX|1|ED|DOC||" + std::string(66U << 20U, 'A') + "\r";
  source.folder().write("a.hl7", message(1) + too_large + message(2));
  const Reading reading = source.read(1U << 20U);
  EXPECT_EQ(ids(reading), "1 2") << "what stands around it is read";
  ASSERT_EQ(reading.broken.size(), 2U);
  EXPECT_NE(reading.broken[0].find("message_too_large"), std::string::npos);
  EXPECT_LT(reading.broken[0].size(), 2U << 20U);
  EXPECT_NE(reading.broken[1].find("no_msh_segment"), std::string::npos) << "its rest";
}

TEST(Hl7Files, LetsAFileThatIsBeingWrittenWait) {
  Hl7TestSource source({{"file_quiet_seconds", "1"}});
  source.folder().write("old.hl7", message(1));
  set_time(source.folder(), "old.hl7", std::chrono::seconds(60));
  source.folder().write("quiet.hl7", message(2));
  source.folder().write("busy.hl7", message(3).substr(0, 70));
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      source.folder().append("busy.hl7", "\r");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_EQ(ids(source.read()), "1 2") << "the quiet one is read once the quiet time passed";
  writer.request_stop();
  writer.join();
  source.folder().write("busy.hl7", message(3));
  EXPECT_EQ(ids(source.read()), "3");
}

TEST(Hl7Files, WaitsNoLongerThanItIsLet) {
  Hl7TestSource source({{"file_quiet_seconds", "1h"}});
  source.folder().write("a.hl7", message(1));
  std::stop_source stop;
  ReadContext context;
  context.stop = stop.get_token();
  class Empty final : public StateLookup {
    Result<std::optional<std::string>> find(std::string_view) const override { return std::nullopt; }
    Status scan(std::string_view, const std::function<Status(std::string_view, std::string_view)>&) const override { return {}; }
  };
  const Empty state;
  context.state = &state;
  const std::vector<TableRequest> requests = {{"pid", {}}};
  auto reader = source.tables().read_tables(requests, Offset(), context);
  ASSERT_TRUE(reader);
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const auto stopped = (*reader)->next();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kInterrupted);

  ReadContext hurried;
  hurried.state = &state;
  hurried.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  reader = source.tables().read_tables(requests, Offset(), hurried);
  ASSERT_TRUE(reader);
  const auto ended = (*reader)->next();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(std::holds_alternative<End>(*ended));
}

TEST(Hl7Files, SurvivesFilesThatGoAndComeBack) {
  Hl7TestSource source;
  source.folder().write("a.hl7", message(1));
  source.folder().write("b.hl7", message(2));
  EXPECT_EQ(ids(source.read()), "1 2");
  fs::rename(source.folder().path() / "a.hl7", source.folder().path() / "a.away");
  EXPECT_EQ(ids(source.read()), "");
  EXPECT_NE(source.state().at("file/a.hl7").find("missing_since"), std::string::npos);
  fs::rename(source.folder().path() / "a.away", source.folder().path() / "a.hl7");
  EXPECT_EQ(ids(source.read()), "") << "it is still known";
  EXPECT_EQ(source.state().at("file/a.hl7").find("missing_since"), std::string::npos);
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

TEST(Hl7Files, SurvivesFilesThatVanishWhileItReads) {
  Hl7TestSource source;
  source.folder().write("a.hl7", messages(1001, 2000));
  source.folder().write("b.hl7", message(1));
  source.folder().write("c.hl7", message(2));
  const std::vector<TableRequest> requests = {{"pid", {}}};
  ReadContext context;
  context.batch_bytes = 1;  // a window is at least 64 KB: the first file is larger than one
  auto reader = source.tables().read_tables(requests, Offset(), context);
  ASSERT_TRUE(reader);
  std::size_t records = 0;
  bool vanished = false;
  while (true) {
    const auto step = (*reader)->next();
    ASSERT_TRUE(step) << step.error().message();
    if (std::holds_alternative<End>(*step)) {
      break;
    }
    records += std::get<RawRecords>(*step).records.size();
    if (!std::exchange(vanished, true)) {
      EXPECT_LT(records, 1000U);
      fs::remove(source.folder().path() / "a.hl7");  // it is open, and read to its end
      fs::remove(source.folder().path() / "b.hl7");  // listed, and not opened yet
    }
  }
  EXPECT_EQ(records, 1001U);
}

TEST(Hl7Files, GoesOnInTheMiddleOfAFileWithTheSameKeys) {
  Hl7TestSource whole;
  const std::string content = messages(1, 400);
  whole.folder().write("a.hl7", content);
  whole.folder().write("b.hl7", messages(401, 410));
  const Reading undisturbed = whole.read();
  ASSERT_EQ(undisturbed.decoded, 410U);

  Hl7TestSource killed;
  killed.folder().write("a.hl7", content);
  killed.folder().write("b.hl7", messages(401, 410));
  Reading all;
  std::size_t reads = 0;
  for (; reads < 100 && all.end != "caught_up"; ++reads) {
    // A window is at least 64 KB: the file is larger than one.
    const Reading part = killed.read(1, 1 + reads % 2);
    ASSERT_EQ(part.error, "");
    for (const auto& [table, rows] : part.tables) {
      all.tables[table].insert(all.tables[table].end(), rows.begin(), rows.end());
    }
    all.end = part.end;
  }
  EXPECT_EQ(all.tables, undisturbed.tables) << "ids included";
  EXPECT_EQ(record_ids(all).size(), 410U * 3);
}

TEST(Hl7Files, ReadsTheSameWhateverTheBatchSizeAndMessagesLargerThanIt) {
  std::string large = message(2);
  large.insert(large.size() - 1, "|" + std::string(5'000'000, 'A'));
  const std::string content = message(1) + large + messages(3, 2000);
  std::map<std::string, std::vector<std::string>> first;
  for (const std::size_t batch_bytes : {std::size_t{1}, std::size_t{100'000}, std::size_t{1} << 20U, std::size_t{64} << 20U}) {
    Hl7TestSource source({}, {"adt_messages", "oru_messages"});
    source.folder().write("a.hl7", content);
    const Reading reading = source.read(batch_bytes);
    EXPECT_EQ(reading.decoded, 2000U);
    EXPECT_TRUE(reading.broken.empty());
    first = first.empty() ? reading.tables : first;
    EXPECT_EQ(reading.tables, first);
  }
}

TEST(Hl7Files, KeepsKeysWhereTheFolderMoves) {
  Hl7TestSource here({{"recursive", "true"}});
  Hl7TestSource there({{"recursive", "true"}});
  here.folder().write("in/a.hl7", messages(1, 3));
  there.folder().write("in/a.hl7", messages(1, 3));
  EXPECT_EQ(here.read().tables, there.read().tables);
  EXPECT_EQ(here.preview().tables, there.preview().tables) << "and in a preview";
}

TEST(Hl7Files, TakesOnlySoManyFilesAndBytesARead) {
  Hl7TestSource source({{"batch_size", "2"}});
  for (int i = 1; i <= 5; ++i) {
    source.folder().write(fmt::format("{}.hl7", i), message(i));
  }
  const Reading first = source.read();
  EXPECT_EQ(ids(first), "1 2");
  EXPECT_EQ(first.end, "limit");
  EXPECT_EQ(ids(source.read()), "3 4");
  const Reading last = source.read();
  EXPECT_EQ(ids(last), "5");
  EXPECT_EQ(last.end, "caught_up");

  Hl7TestSource small({{"mode", "streaming"}, {"max_bytes_per_trigger", "1"}});
  small.folder().write("1.hl7", messages(1, 3));
  small.folder().write("2.hl7", message(4));
  EXPECT_EQ(ids(small.read()), "1 2 3") << "a limit never cuts a file";
  EXPECT_EQ(ids(small.read()), "4");
}

TEST(Hl7Files, PassesOverAFileThatItMayNotOpenAndTriesAgain) {
  if (geteuid() == 0) {
    // Root may open everything: a folder's link to itself cannot be opened by anyone, but is no regular file either.
    GTEST_SKIP() << "needs a user who is not root";
  }
  Hl7TestSource source;
  source.folder().write("a.hl7", message(1));
  source.folder().write("b.hl7", message(2));
  fs::permissions(source.folder().path() / "a.hl7", fs::perms::none);
  const Reading first = source.read();
  EXPECT_EQ(ids(first), "2");
  EXPECT_EQ(first.filtered.at("file_unreadable"), 1U);
  fs::permissions(source.folder().path() / "a.hl7", fs::perms::owner_all);
  EXPECT_EQ(ids(source.read()), "1");
}

TEST(Hl7Files, CountsMessagesThatNoTableWants) {
  Hl7TestSource source({}, {"adt_messages"});
  source.folder().write("a.hl7", messages(1, 3));
  const Reading reading = source.read();
  EXPECT_EQ(reading.records, 3U);
  EXPECT_EQ(reading.decoded, 0U);
  EXPECT_EQ(reading.filtered.at("other_message_type"), 3U);
}

TEST(Hl7Files, ChecksItsFolderAndItsNewestFile) {
  Hl7TestSource source;
  const auto check = [&] {
    std::vector<std::string> lines;
    const std::vector<TableRequest> requests = {{"pid", {}}};
    const auto findings = source.tables().check_connection(requests, ReadContext());
    for (const CheckFinding& finding : *findings) {
      lines.push_back(fmt::format("{} {}: {}", finding.passed ? "ok" : "failed", finding.subject, finding.message));
      EXPECT_EQ(finding.passed, finding.next_step.empty());
    }
    return lines;
  };
  const std::string folder = source.folder().path().string();
  EXPECT_EQ(check(), std::vector{fmt::format("ok storage_path: no file matches *.hl7 in {} yet", folder)});

  const auto look = [&](const std::string& name, std::string_view text, std::chrono::seconds ago) {
    source.folder().write(name, text);
    set_time(source.folder(), name, ago);
    return check();
  };
  const auto fine = look("a.hl7", "BHS|^~\\&|LAB\r" + message(1), std::chrono::seconds(500));
  ASSERT_EQ(fine.size(), 2U);
  EXPECT_TRUE(fine[0].starts_with(fmt::format("ok storage_path: 1 file matches *.hl7 in {}, the newest of 20", folder))) << fine[0];
  EXPECT_EQ(fine[1], fmt::format("ok newest file a.hl7: the first message begins at byte 13 and has {} bytes", message(1).size() - 1));

  const auto broken = look("b.hl7", "PID|1||Secret^Name\r" + message(2), std::chrono::seconds(400));
  EXPECT_TRUE(broken[0].starts_with("ok storage_path: 2 files match")) << broken[0];
  EXPECT_TRUE(broken[1].starts_with("failed newest file b.hl7: what begins at byte 0 is no message: no_msh_segment")) << broken[1];
  EXPECT_EQ(broken[1].find("Secret"), std::string::npos);

  EXPECT_EQ(look("c.hl7", "", std::chrono::seconds(300))[1], "ok newest file c.hl7: 0 bytes, no message in them");
  EXPECT_TRUE(look("d.hl7", "\v" + std::string(5U << 20U, 'x'), std::chrono::seconds(200))[1].starts_with("failed newest file d.hl7: "));
}

// Who watches is told which tables to read, and a reader then looks at what changed.
class Hl7FilesWatched : public testing::Test {
 protected:
  explicit Hl7FilesWatched(Options options = {}) : source_(std::move(options)) {}

  void watch() {
    const std::vector<TableRequest> requests = {{"pid", {}}, {"obx", {}}};
    watch_ = source_.tables().watch_changes(
        requests,
        [this](const std::vector<std::string>& tables) {
          EXPECT_EQ(tables, (std::vector<std::string>{"pid", "obx"}));
          const std::lock_guard lock(mutex_);
          is_told_ = true;
          told_.notify_all();
        },
        silent_logger());
    ASSERT_NE(watch_, nullptr);
  }
  // Reads once there is something to be read, or after a long time.
  std::string read_when_told() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(told_.wait_for(lock, std::chrono::seconds(60), [this] { return is_told_; }));
    is_told_ = false;
    lock.unlock();
    return ids(source_.read());
  }

  Hl7TestSource source_;
  std::mutex mutex_;
  std::condition_variable told_;
  bool is_told_ = false;
  std::unique_ptr<ChangeWatch> watch_;
};

TEST_F(Hl7FilesWatched, AreReadWhenTheyArrive) {
  source_.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(ids(source_.read()), "1 2") << "nobody watches yet";
  watch();
  EXPECT_EQ(ids(source_.read()), "");
  source_.folder().write("part", message(3));
  rename(source_.folder(), "part", "b.hl7");
  EXPECT_EQ(read_when_told(), "3");
  rename(source_.folder(), "a.hl7", "c.hl7");
  EXPECT_EQ(read_when_told(), "") << "it is the same file";
  EXPECT_TRUE(source_.state().contains("file/c.hl7"));
  EXPECT_FALSE(source_.state().contains("file/a.hl7"));
  // The link is another file, though the name that has the inode did not change.
  fs::create_hard_link(source_.folder().path() / "b.hl7", source_.folder().path() / "linked.hl7");
  EXPECT_EQ(read_when_told(), "3");
  fs::remove(source_.folder().path() / "b.hl7");
  source_.folder().write("part", message(4));
  rename(source_.folder(), "part", "d.hl7");
  EXPECT_EQ(read_when_told(), "4");
  EXPECT_TRUE(source_.state().at("file/b.hl7").contains("missing_since"));
  // What a watch was not told of counts, too, when the next one begins.
  watch_.reset();
  source_.folder().write("e.hl7", message(5));
  watch();
  EXPECT_EQ(ids(source_.read()), "5");
}

TEST_F(Hl7FilesWatched, AreNotLostByAReadThatFails) {
  watch();
  source_.folder().write("part", messages(1, 2));
  rename(source_.folder(), "part", "a.hl7");
  // As if killed before anything was committed, and with a commit that did not come to pass.
  EXPECT_EQ(source_.read(1U << 20U, 0).end, "killed");
  EXPECT_EQ(ids(source_.read_and_lose()), "1 2");
  EXPECT_EQ(ids(source_.read()), "1 2");
  EXPECT_EQ(ids(source_.read()), "");
}

class Hl7FilesWatchedAndQuiet : public Hl7FilesWatched {
 protected:
  Hl7FilesWatchedAndQuiet() : Hl7FilesWatched({{"file_quiet_seconds", "4"}, {"batch_size", "1"}}) {}
};

TEST_F(Hl7FilesWatchedAndQuiet, AreReadOnceTheyWereLeftAlone) {
  // Written just before the watch began, and before others that a limit leaves to later reads.
  source_.folder().write("a.hl7", message(1));
  source_.folder().write("b.hl7", message(2));
  source_.folder().write("c.hl7", message(3));
  set_time(source_.folder(), "b.hl7", std::chrono::hours(1));
  set_time(source_.folder(), "c.hl7", std::chrono::hours(1));
  watch();
  set_time(source_.folder(), "a.hl7", std::chrono::seconds(0));
  EXPECT_EQ(ids(source_.read()), "2");
  EXPECT_EQ(ids(source_.read()), "3");
  EXPECT_EQ(read_when_told(), "1");
}

TEST(Hl7Files, SaysWhatIsWrongWithItsOptionsAndItsFolder) {
  const TemporaryFolder folder;
  const auto problem = [&](Options options) {
    options.set("storage_path", folder.path().string());
    const auto made = make_hl7v2_tables(options);
    return made ? std::string() : made.error().message();
  };
  EXPECT_EQ(problem({}), "");
  EXPECT_EQ(problem({{"batch_size", "0"}}), "option batch_size is not above 0");
  EXPECT_EQ(problem({{"default_time_zone", "Mars"}}), "option default_time_zone: unknown time zone Mars");
  EXPECT_NE(problem({{"default_character_set", "Klingon"}}).find("default_character_set"), std::string::npos);

  auto gone = make_hl7v2_tables({{"storage_path", (folder.path() / "missing").string()}});
  ASSERT_TRUE(gone);
  const std::vector<TableRequest> requests = {{"pid", {}}};
  const auto findings = (*gone)->check_connection(requests, ReadContext());
  ASSERT_TRUE(findings);
  EXPECT_FALSE(findings->front().passed);
  auto reader = (*gone)->read_tables(requests, Offset(), ReadContext());
  ASSERT_TRUE(reader);
  const auto failed = (*reader)->next();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::kUser);
  EXPECT_FALSE((*gone)->read_tables(requests, Offset("{}"), ReadContext()));
  EXPECT_FALSE((*gone)->get_table_schema("nothing", {}));
}

}  // namespace
}  // namespace lakeflow
