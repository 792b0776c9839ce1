// What goes wrong in a run, and what then stands in the destination.

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/ingest/faulty_destination.h"
#include "tests/ingest/ingest_world.h"

namespace lakeflow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr MemoryContent kMixed{.seed = 7, .keys = 400, .ties = 3, .bad_per_mille = 30, .odd_per_mille = 30, .shuffle_seed = 0, .shuffled = 0};

std::shared_ptr<DestinationFault> add_fault(IngestWorld& world, DestinationFault fault) {
  auto shared = std::make_shared<DestinationFault>(std::move(fault));
  world.wrap_destination([&](std::unique_ptr<Destination> destination) { return make_faulty_destination(std::move(destination), shared); });
  return shared;
}

TEST(Failure, OfATableInItsPassLeavesTheOthersWhole) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(900);
  const auto fault = add_fault(world, {.table = "visits", .calls_before = 1});
  const std::vector<std::string> feed = {"messages", "visits", "results"};
  const RunReport report = world.run(feed, "chunk_rows: 300");
  EXPECT_EQ(report.exit_code(), 6) << to_json(report);
  EXPECT_THAT(table_of(report, "visits").error->message(), HasSubstr("can't be written"));
  EXPECT_EQ(table_of(report, "visits").commits, 1U) << "what was committed before stands";
  EXPECT_EQ(world.offset("visits"), R"({"place":300})");
  EXPECT_EQ(world.offset("messages"), R"({"place":900})");

  fault->table.clear();
  EXPECT_EQ(world.run(feed).outcome, RunOutcome::kDone);
  IngestWorld whole(DestinationKind::kDuckDb, kMixed);
  whole.source().set_length(900);
  EXPECT_EQ(whole.run(feed).outcome, RunOutcome::kDone);
  for (const std::string& table : feed) {
    EXPECT_EQ(difference(whole.rows(table), world.rows(table)), "") << table << ": not doubled, not lost";
  }
}

TEST(Failure, OfEveryTableEndsThePass) {
  IngestWorld world;
  world.source().set_length(100);
  add_fault(world, {.table = "events"});
  const RunReport report = world.run({"events"});
  EXPECT_EQ(report.outcome, RunOutcome::kFailed);
  EXPECT_EQ(report.exit_code(), 5);
}

TEST(Failure, OfACommitEndsTheRun) {
  IngestWorld world;
  world.source().set_length(900);
  add_fault(world, {.table = {}, .commits_before = 2});  // the run's line, the first chunk
  const RunReport report = world.run({"events", "patients"}, "chunk_rows: 300");
  EXPECT_EQ(report.exit_code(), 5);
  EXPECT_THAT(report.error->message(), HasSubstr("disk is full"));
  EXPECT_THAT(world.rows("events"), SizeIs(300));
  EXPECT_THAT(table_of(report, "patients").note, HasSubstr("not read"));
}

TEST(Balance, ThatDoesNotHoldIsOurFaultAndCommitsNothing) {
  IngestWorld world;
  world.source().set_length(300);
  add_fault(world, {.table = "patients", .loses_a_row = true});
  const RunReport report = world.run({"patients"});
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(table_of(report, "patients").error->message(), HasSubstr("rows, but"));
  EXPECT_EQ(world.offset("patients"), "");
}

TEST(Balance, OfADecoderThatForgetsRecordsIsTheConnectorsFault) {
  IngestWorld world;
  world.source().set_length(300);
  world.source().set_behaviour("messages", {.lossy_decoder = true});
  const RunReport report = world.run({"messages", "visits"});
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(table_of(report, "visits").error->message(), HasSubstr("connector memory"));
}

TEST(Offset, ThatIsTooLongIsTheConnectorsFault) {
  IngestWorld world;
  world.source().set_length(300);
  world.source().set_behaviour("events", {.offset_padding = 70'000});
  const RunReport report = world.run({"events"});
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(table_of(report, "events").error->message(), HasSubstr("connector memory gave an offset of 70"));
}

TEST(ErrorHandling, FailStopsBeforeTheCommit) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(900);
  const RunReport report = world.run({"events", "patients"}, "error_handling: fail");
  EXPECT_EQ(report.exit_code(), 4);
  EXPECT_THAT(report.error->message(), HasSubstr("memory:events:"));
  EXPECT_EQ(world.offset("events"), "");
  EXPECT_THAT(world.query("SELECT * FROM _lakeflow.quarantine"), IsEmpty());
  EXPECT_THAT(table_of(report, "patients").note, HasSubstr("not read"));
}

TEST(RejectThreshold, EndsTheRunBeforeTheCommitThatWouldPassIt) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(2000);
  EXPECT_EQ(world.run({"patients"}, "reject_threshold: 5%").exit_code(), 0);
  IngestWorld strict(DestinationKind::kDuckDb, kMixed);
  strict.source().set_length(2000);
  const RunReport report = strict.run({"patients"}, "reject_threshold: 20\nchunk_rows: 300");
  EXPECT_EQ(report.exit_code(), 4);
  EXPECT_THAT(report.error->message(), HasSubstr("reject_threshold of 20"));
  EXPECT_LE(report.rejects(), 20U);
  EXPECT_GT(table_of(report, "patients").commits, 0U);
}

struct Letters {
  std::vector<nlohmann::json> lines;
  mode_t mode = 0;
  std::size_t files = 0;
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777U;
}

// The lines of the index, each with the bytes of its file, of which there are no others.
Letters read_letters(const std::filesystem::path& folder, const char* index = "index.jsonl") {
  Letters letters;
  std::ifstream file(folder / index);
  for (std::string line; std::getline(file, line);) {
    nlohmann::json& letter = letters.lines.emplace_back(nlohmann::json::parse(line));
    const std::filesystem::path record = folder / letter["file"].get<std::string>();
    std::ifstream bytes(record, std::ios::binary);
    EXPECT_TRUE(bytes.is_open()) << record;
    letter["bytes"] = std::string((std::istreambuf_iterator<char>(bytes)), {});
    EXPECT_EQ(letter["size"], letter["bytes"].get<std::string>().size());
    EXPECT_EQ(mode_of(record), 0600U);
  }
  EXPECT_EQ(mode_of(folder), 0700U);
  letters.files = static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder / "records"), {}));
  letters.mode = mode_of(folder / index);
  return letters;
}

TEST(DeadLetters, AreWhatIsInQuarantineLineByLine) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(900);
  const RunReport report = world.run(all_tables(), "error_handling: dead_letter\nchunk_rows: 200");
  ASSERT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  const Letters letters = read_letters(world.folder() / "clinic.dead_letters");
  EXPECT_EQ(letters.mode, 0600U) << "it holds patients' data";
  EXPECT_EQ(letters.lines.size(), report.rejects());
  EXPECT_EQ(letters.files, report.rejects());
  std::vector<std::string> from_file;
  for (const nlohmann::json& line : letters.lines) {
    EXPECT_EQ(line["run_id"], report.run_id);
    from_file.push_back(fmt::format("{}|{}|{}|{}|{}", line["source_table"].get<std::string>(), line["reason"].get<std::string>(),
                                    line["origin"].get<std::string>(), line["position"].get<std::uint64_t>(), line["bytes"].get<std::string>()));
  }
  std::ranges::sort(from_file);
  EXPECT_EQ(
      difference(from_file, world.query("SELECT coalesce(source_table, ''), reason, origin, position, decode(bytes) FROM _lakeflow.quarantine")), "");
}

TEST(DeadLetters, OfAChunkThatWasNotCommittedAreNotThere) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(900);
  world.source().set_behaviour("events", {.records_per_offset = 300, .fail_at = 850});
  const char* settings = "error_handling: dead_letter\nchunk_rows: 250";
  const std::filesystem::path path = world.folder() / "clinic.dead_letters";
  EXPECT_EQ(world.run({"events"}, settings).exit_code(), 3);
  const std::size_t committed = read_letters(path).lines.size();
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.quarantine"), ElementsAre(std::to_string(committed)));
  {
    // As a kill between the sync of the file and the commit leaves it: with lines of a chunk that never was, the last one torn.
    std::ofstream file(path / "index.jsonl", std::ios::app);
    file << "{\"run_id\":\"20240501T000000.000000Z-00000000\",\"file\":\"records/0123.hl7\"}\n{\"run_id\":\"…\",\"file\":\"records/../"
            "index.jsonl\"}\n{\"ru";
    std::ofstream(path / "records/0123.hl7") << "MSH";
  }
  world.source().set_behaviour("events", {});
  EXPECT_EQ(world.run({"events"}, settings).exit_code(), 0);
  const Letters letters = read_letters(path);
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.quarantine"), ElementsAre(std::to_string(letters.lines.size())));
  EXPECT_GT(letters.lines.size(), committed);
  EXPECT_EQ(letters.files, letters.lines.size());
}

TEST(DeadLetters, AreBegunAnewWhereTheFileWasMovedAway) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  const char* settings = "error_handling: dead_letter";
  const std::filesystem::path path = world.folder() / "clinic.dead_letters";
  world.source().set_length(900);
  EXPECT_EQ(world.run({"events"}, settings).exit_code(), 0);
  const std::size_t first = read_letters(path).lines.size();
  std::filesystem::rename(path / "index.jsonl", path / "done.jsonl");
  world.source().set_length(1800);
  const RunReport second = world.run({"events"}, settings);
  EXPECT_EQ(read_letters(path).lines.size(), second.rejects());
  EXPECT_EQ(read_letters(path, "done.jsonl").lines.size(), first);
}

TEST(DeadLetters, ThatCantBeWrittenAreTheUsersMistake) {
  IngestWorld world;
  world.source().set_length(10);
  const Pipeline pipeline = world.pipeline({"events"}, "error_handling: dead_letter\ndead_letter_path: missing/letters");
  const auto connector = memory_connector(std::make_shared<MemorySystem>(MemorySystem::all_kinds(), MemoryContent())).make({});
  IngestRequest request;
  request.pipeline = &pipeline;
  request.connector = connector->get();
  request.destination = &world.destination();
  const auto report = ingest(request);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(report.error().message(), HasSubstr("missing/letters"));
}

}  // namespace
}  // namespace lakeflow::test
