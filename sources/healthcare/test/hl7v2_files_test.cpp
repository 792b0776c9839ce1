// Which files are read, and when: new ones, grown, late, half-written, gone.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/hl7v2/hl7v2_tables.h"
#include "sources/healthcare/test/hl7v2_file_reading.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

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

TEST(Hl7Files, GivesTheSameRowsHoweverManyFilesAreOpenedAtOnce) {
  TemporaryFolder folder;
  for (int i = 0; i < 40; ++i) {
    folder.write(fmt::format("{}.hl7", i), i % 7 == 0 ? "" : i % 5 == 0 ? "no header\r" + message(i) : messages(i, i + i % 3));
  }
  folder.write("large.hl7", messages(1, 20'000));
  const auto read_with = [&](const char* files) {
    Options options;
    options.set("storage_path", folder.path().string());
    options.set("parallel_files", files);
    options.set("batch_size", "9");
    Hl7TestSource source(options);
    std::vector<std::pair<std::string, std::vector<std::string>>> readings;
    do {
      const Reading reading = source.read(64 * 1024);
      readings.emplace_back(ids(reading), reading.broken);
    } while (readings.back().first.size() > 0 && readings.size() < 10);
    return std::make_pair(readings, source.state());
  };
  const auto one_by_one = read_with("1");
  EXPECT_GE(one_by_one.first.size(), 5U);
  EXPECT_EQ(read_with("8"), one_by_one);
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

// Reads three files of which the first, being read, and the second, listed, are removed after the first step; gives how many records came of all.
std::size_t records_of_vanishing_files(const char* parallel_files) {
  TemporaryFolder folder;
  Options options;
  options.set("storage_path", folder.path().string());
  options.set("parallel_files", parallel_files);
  Hl7TestSource source(options);
  folder.write("a.hl7", messages(1001, 2000));
  folder.write("b.hl7", message(1));
  folder.write("c.hl7", message(2));
  const std::vector<TableRequest> requests = {{"pid", {}}};
  ReadContext context;
  context.batch_bytes = 1;  // a window is at least 64 KB: the first file is larger than one
  auto reader = source.tables().read_tables(requests, Offset(), context);
  EXPECT_TRUE(reader);
  std::size_t records = 0;
  while (true) {
    const auto step = (*reader)->next();
    EXPECT_TRUE(step) << step.error().message();
    if (!step || std::holds_alternative<End>(*step)) {
      return records;
    }
    if (records == 0) {
      fs::remove(folder.path() / "a.hl7");
      fs::remove(folder.path() / "b.hl7");
    }
    const std::size_t came = std::get<RawRecords>(*step).records.size();
    EXPECT_LT(came, 1000U) << "a step is a window";
    records += came;
  }
}

TEST(Hl7Files, SurvivesFilesThatVanishWhileItReads) {
  EXPECT_EQ(records_of_vanishing_files("1"), 1001U) << "the first is open, and read to its end; the second was not opened yet";
}

TEST(Hl7Files, SurvivesFilesThatVanishAfterOrBeforeTheyWereOpenedAhead) {
  const std::size_t records = records_of_vanishing_files("8");
  EXPECT_TRUE(records == 1001 || records == 1002) << records << ": the second comes whole where it was opened in time, or not at all";
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
