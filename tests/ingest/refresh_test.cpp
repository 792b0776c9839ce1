// A full refresh builds the table aside: the old rows are what others see until the new ones are all there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>

#include "tests/ingest/ingest_world.h"

namespace lakeflow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

void full_refresh(IngestRequest& request) { request.full_refresh = true; }

constexpr const char* kTables = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY ALL";

// What one reads while a run is under way, at every report of its progress.
class Reader final : public ProgressListener {
 public:
  Reader(IngestWorld& world, std::string table) : world_(world), table_(std::move(table)), before_(world.rows(table_)) {}
  void on_progress(std::span<const TableProgress> tables) override {
    if (tables.front().finished) {
      return;
    }
    committed_ = std::max(committed_, tables.front().committed_rows);
    same_ = same_ && world_.rows(table_) == before_;
  }
  bool always_saw_the_old_table() const { return same_; }
  std::uint64_t committed() const { return committed_; }

 private:
  IngestWorld& world_;
  const std::string table_;
  const std::vector<std::string> before_;
  bool same_ = true;
  std::uint64_t committed_ = 0;
};

TEST(FullRefresh, ShowsTheOldTableUntilTheNewOneIsWhole) {
  IngestWorld world;
  world.source().set_length(3000);
  ASSERT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  world.source().set_length(4000);
  Reader reader(world, "events");
  const RunReport report = world.run({"events"}, "chunk_rows: 500", [&](IngestRequest& request) {
    request.full_refresh = true;
    request.progress = &reader;
  });
  EXPECT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  EXPECT_TRUE(reader.always_saw_the_old_table());
  EXPECT_GT(reader.committed(), 0U);
  EXPECT_THAT(world.rows("events"), SizeIs(4000));
  EXPECT_THAT(world.query(kTables), ElementsAre("events"));
  EXPECT_EQ(world.offset("events", "refresh"), "");
  EXPECT_THAT(world.query("SELECT DISTINCT destination_table FROM _lakeflow.commits"), ElementsAre("main.events")) << "logged as the table it is";

  world.source().set_length(4100);
  EXPECT_EQ(table_of(world.run({"events"}), "events").rows_decoded, 100U) << "it goes on from the new table's offset";
}

TEST(FullRefresh, ThatWasInterruptedGoesOnWithTheNextRun) {
  for (const std::string table : {"events", "patients"}) {
    SCOPED_TRACE(table);
    IngestWorld world(DestinationKind::kDuckDb, {.seed = 3});
    world.source().set_length(2000);
    ASSERT_EQ(world.run({table}).outcome, RunOutcome::kDone);
    const std::vector<std::string> before = world.rows(table);
    world.source().set_length(2500);
    world.source().set_behaviour(table, {.records_per_state = 50, .fail_at = 1200});
    const RunReport failed = world.run({table}, "chunk_rows: 300", full_refresh);
    EXPECT_EQ(failed.outcome, RunOutcome::kFailed);
    EXPECT_EQ(difference(world.rows(table), before), "") << "the old table stands";
    EXPECT_NE(world.offset(table, "refresh"), "");

    world.source().set_behaviour(table, {.records_per_state = 50});
    const RunReport resumed = world.run({table}, "chunk_rows: 300");
    EXPECT_EQ(resumed.outcome, RunOutcome::kDone) << to_json(resumed);
    EXPECT_LT(table_of(resumed, table).rows_decoded, 2500U) << "what was built is not read again";
    EXPECT_THAT(world.query(kTables), ElementsAre(table));

    IngestWorld other(DestinationKind::kDuckDb, {.seed = 3});
    other.source().set_behaviour(table, {.records_per_state = 50});
    other.source().set_length(2500);
    ASSERT_EQ(other.run({table}).outcome, RunOutcome::kDone);
    EXPECT_EQ(difference(world.rows(table), other.rows(table)), "");
  }
}

TEST(FullRefresh, AskedForAgainBeginsAnew) {
  IngestWorld world;
  world.source().set_length(1000);
  ASSERT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  world.source().set_behaviour("events", {.fail_at = 700});
  ASSERT_EQ(world.run({"events"}, "chunk_rows: 100", full_refresh).outcome, RunOutcome::kFailed);
  world.source().set_behaviour("events", {});
  const RunReport again = world.run({"events"}, "chunk_rows: 100", full_refresh);
  EXPECT_EQ(again.outcome, RunOutcome::kDone) << to_json(again);
  EXPECT_EQ(table_of(again, "events").rows_decoded, 1000U);
  EXPECT_THAT(world.rows("events"), SizeIs(1000));
}

TEST(FullRefresh, OfOneTableLeavesTheOthersOfItsPassAlone) {
  IngestWorld world;
  world.source().set_length(1000);
  const std::vector<std::string> tables = all_tables();
  ASSERT_EQ(world.run(tables).outcome, RunOutcome::kDone);
  const RunReport report = world.run(tables, {}, [](IngestRequest& request) {
    request.full_refresh = true;
    request.only_tables = {"events"};
  });
  EXPECT_EQ(report.outcome, RunOutcome::kDone);
  world.source().set_length(1100);
  const RunReport next = world.run(tables);
  EXPECT_EQ(next.outcome, RunOutcome::kDone);
  EXPECT_LE(table_of(next, "events").rows_decoded, 110U);
}

TEST(FullRefresh, OfATableThatIsNotThereYetMakesIt) {
  IngestWorld world;
  world.source().set_length(100);
  EXPECT_EQ(world.run({"events"}, {}, full_refresh).outcome, RunOutcome::kDone);
  EXPECT_THAT(world.rows("events"), SizeIs(100));
  EXPECT_THAT(world.query(kTables), ElementsAre("events"));
}

TEST(FullRefresh, OfAnEmptySourceEmptiesTheTable) {
  IngestWorld world;
  world.source().set_length(100);
  ASSERT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  world.source().set_length(0);
  const RunReport report = world.run({"events"}, {}, full_refresh);
  EXPECT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  EXPECT_THAT(world.rows("events"), SizeIs(0));
}

TEST(FullRefresh, ThatIsStoppedSaysHowItGoesOn) {
  IngestWorld world;
  world.source().set_length(1000);
  ASSERT_EQ(world.run({"events"}).outcome, RunOutcome::kDone);
  world.source().set_behaviour("events", {.records_per_offset = 100, .wait_at = 500});
  std::stop_source stop;
  class StopSoon final : public ProgressListener {
   public:
    explicit StopSoon(std::stop_source& stop) : stop_(stop) {}
    void on_progress(std::span<const TableProgress>) override {
      if (++calls_ > 4) stop_.request_stop();
    }

   private:
    std::stop_source& stop_;
    int calls_ = 0;
  } listener(stop);
  const RunReport report = world.run({"events"}, "chunk_rows: 100", [&](IngestRequest& request) {
    request.full_refresh = true;
    request.progress = &listener;
    request.stop = stop.get_token();
  });
  EXPECT_EQ(report.outcome, RunOutcome::kInterrupted) << to_json(report);
  EXPECT_THAT(table_of(report, "events").note, HasSubstr("goes on with the full refresh"));
  EXPECT_THAT(world.rows("events"), SizeIs(1000));
}

}  // namespace
}  // namespace lakeflow::test
