// A stop finishes the chunk, commits, and says how to go on; also where a reader waits or hangs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "tests/ingest/faulty_destination.h"
#include "tests/ingest/ingest_world.h"

namespace lakeflow::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Asks for a stop as soon as so many rows were committed, or where nothing was for a while.
class StopAt final : public ProgressListener {
 public:
  explicit StopAt(std::uint64_t rows) : rows_(rows) {}
  void on_progress(std::span<const TableProgress> tables) override {
    ++calls_;
    if (tables.front().committed_rows >= rows_ || calls_ > 8) {
      stop_.request_stop();
    }
  }
  RunReport run(IngestWorld& world, const std::vector<std::string>& tables, std::string_view settings) {
    return world.run(tables, settings, [&](IngestRequest& request) {
      request.progress = this;
      request.stop = stop_.get_token();
      request.hang_patience = 300ms;
    });
  }

 private:
  const std::uint64_t rows_;
  int calls_ = 0;
  std::stop_source stop_;
};

TEST(Stop, CommitsAtTheNextOffsetAndTheNextRunGoesOn) {
  IngestWorld world;
  world.source().set_length(20'000);
  // A reader that is ahead of a slow machine waits.
  world.source().set_behaviour("events", {.records_per_call = 10, .records_per_offset = 250, .wait_at = 15'000});
  const RunReport report = StopAt(1).run(world, {"events", "patients"}, "chunk_rows: 500");
  EXPECT_EQ(report.outcome, RunOutcome::kInterrupted) << to_json(report);
  EXPECT_EQ(report.exit_code(), 130);
  EXPECT_THAT(report.error->next_step(), HasSubstr("lakeflow ingest"));
  EXPECT_FALSE(report.reader_abandoned);
  const std::uint64_t committed = table_of(report, "events").counts.inserted;
  EXPECT_GT(committed, 0U);
  EXPECT_LT(committed, 20'000U);
  EXPECT_EQ(committed % 250, 0U) << "at an offset";
  EXPECT_THAT(world.rows("events"), SizeIs(committed));
  EXPECT_THAT(table_of(report, "events").note, HasSubstr("not finished"));
  EXPECT_THAT(table_of(report, "patients").note, HasSubstr("not read"));
  EXPECT_THAT(world.query("SELECT outcome FROM _lakeflow.runs"), ElementsAre("interrupted"));

  world.source().set_behaviour("events", {});
  EXPECT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  EXPECT_THAT(world.rows("events"), SizeIs(20'000));
}

TEST(Stop, EndsAReaderThatWaitsForMore) {
  IngestWorld world;
  world.source().set_length(1000);
  world.source().set_behaviour("events", {.wait_at = 700});
  const auto began = std::chrono::steady_clock::now();
  const RunReport report = StopAt(2000).run(world, {"events"}, "chunk_rows: 300");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(report.exit_code(), 130);
  EXPECT_FALSE(report.reader_abandoned);
  EXPECT_THAT(world.rows("events"), SizeIs(700)) << "what came before it has an offset, and is committed";
}

TEST(Stop, LeavesAReaderThatHangsAlone) {
  IngestWorld world;
  world.source().set_length(1000);
  world.source().set_behaviour("events", {.hang_at = 700});
  const RunReport report = StopAt(2000).run(world, {"events"}, "chunk_rows: 300");
  EXPECT_EQ(report.exit_code(), 130);
  EXPECT_TRUE(report.reader_abandoned);
  EXPECT_THAT(report.error->message(), HasSubstr("hung"));
  EXPECT_THAT(world.rows("events"), SizeIs(600)) << "the open transaction is rolled back";
  world.source().set_behaviour("events", {});
  EXPECT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  EXPECT_THAT(world.rows("events"), SizeIs(1000));
}

TEST(Stop, OfASnapshotCommitsNothingOfIt) {
  IngestWorld world;
  world.source().set_length(2000);
  world.source().set_behaviour("wards", {.records_per_call = 10, .wait_at = 300});
  const RunReport report = StopAt(1).run(world, {"wards"}, "");
  EXPECT_EQ(report.exit_code(), 130);
  EXPECT_EQ(table_of(report, "wards").commits, 0U);
  EXPECT_THAT(table_of(report, "wards").note, HasSubstr("as a whole"));
}

// As a large slice into a wide table does.
TEST(Stop, EndsAnApplyThatTakesLong) {
  IngestWorld world;
  world.source().set_length(1000);
  std::stop_source stop;
  const auto fault =
      std::make_shared<DestinationFault>(DestinationFault{.table = "events", .calls_before = 1, .takes_long = [&] { stop.request_stop(); }});
  world.wrap_destination([&](std::unique_ptr<Destination> destination) { return make_faulty_destination(std::move(destination), fault); });
  const RunReport report = world.run({"events"}, "chunk_rows: 300", [&](IngestRequest& request) {
    request.stop = stop.get_token();
    request.apply_patience = 100ms;
  });
  EXPECT_EQ(report.outcome, RunOutcome::kInterrupted) << to_json(report);
  EXPECT_THAT(world.rows("events"), SizeIs(300)) << "the open transaction is rolled back";
  EXPECT_THAT(table_of(report, "events").note, HasSubstr("not finished"));
  EXPECT_THAT(world.query("SELECT outcome FROM _lakeflow.runs"), ElementsAre("interrupted"));

  fault->table.clear();
  EXPECT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  EXPECT_THAT(world.rows("events"), SizeIs(1000));
}

TEST(Stop, BeforeTheRunReadsNothing) {
  IngestWorld world;
  world.source().set_length(100);
  std::stop_source stop;
  stop.request_stop();
  const RunReport report = world.run({"events"}, {}, [&](IngestRequest& request) { request.stop = stop.get_token(); });
  EXPECT_EQ(report.exit_code(), 130);
  EXPECT_EQ(report.rows(), 0U);
}

}  // namespace
}  // namespace lakeflow::test
