// Which tables are read together, how chunks are cut, and that a read goes on exactly where the last commit ended.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ingest/ingest_world.h"

namespace lakeflow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Passes, TablesOfAGroupAreReadOnce) {
  IngestWorld world;
  world.source().set_length(600);
  const RunReport report = world.run({"messages", "visits", "results"}, "chunk_rows: 200");
  ASSERT_THAT(report.passes, SizeIs(1));
  EXPECT_EQ(report.passes[0].records_read, 600U);
  EXPECT_EQ(report.passes[0].commits, 3U);
  for (const char* table : {"messages", "visits", "results"}) {
    EXPECT_EQ(world.offset(table), R"({"place":600})");
  }
}

TEST(Passes, ATableThatCameLaterCatchesUpAloneAndThenJoins) {
  IngestWorld world;
  world.source().set_length(300);
  ASSERT_EQ(world.run({"messages", "visits"}).passes.size(), 1U);
  world.source().set_length(400);
  const RunReport second = world.run({"messages", "visits", "results"});
  ASSERT_THAT(second.passes, SizeIs(2));
  EXPECT_THAT(second.passes[0].source_tables, ElementsAre("messages", "visits"));
  EXPECT_EQ(second.passes[0].records_read, 100U);
  EXPECT_THAT(second.passes[1].source_tables, ElementsAre("results"));
  EXPECT_EQ(second.passes[1].records_read, 400U);
  world.source().set_length(500);
  const RunReport third = world.run({"messages", "visits", "results"});
  ASSERT_THAT(third.passes, SizeIs(1)) << "they stand at equal offsets now";
  EXPECT_EQ(third.passes[0].records_read, 100U);
}

TEST(Passes, ASourceTableMayGoToTwoDestinations) {
  IngestWorld world;
  world.source().set_length(200);
  const RunReport report = world.run({"visits", "visits as encounters", "results"});
  EXPECT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  EXPECT_THAT(report.passes, SizeIs(2)) << "a pass gives a table's rows once";
  EXPECT_THAT(world.rows("visits"), Not(IsEmpty()));
  EXPECT_EQ(difference(world.rows("visits"), world.rows("encounters")), "");
}

TEST(Passes, ATableThatCantBePlannedFailsAlone) {
  IngestWorld world;
  world.source().set_length(200);
  world.source().set_behaviour("orders", {.describe_error = Error::source("GET memory:orders answered 403")});
  const RunReport report = world.run({"patients", "patient", "orders", "events"});
  EXPECT_EQ(report.outcome, RunOutcome::kPartial);
  EXPECT_EQ(report.exit_code(), 6);
  EXPECT_EQ(table_of(report, "patient").error->kind(), ErrorKind::kUser);
  EXPECT_THAT(table_of(report, "patient").error->next_step(), HasSubstr("patients"));
  EXPECT_EQ(table_of(report, "orders").error->kind(), ErrorKind::kSource);
  EXPECT_THAT(world.rows("patients"), Not(IsEmpty()));
  EXPECT_THAT(world.rows("events"), SizeIs(200));
}

TEST(Passes, ASourceThatFailsForOneTableFailsThatTableAlone) {
  IngestWorld world;
  world.source().set_length(200);
  world.source().set_behaviour("patients", {.open_error = Error::source("GET memory:patients answered 403")});
  const RunReport report = world.run({"patients", "events"});
  EXPECT_EQ(report.exit_code(), 6);
  EXPECT_THAT(table_of(report, "patients").error->message(), HasSubstr("403"));
  EXPECT_THAT(world.rows("events"), SizeIs(200));
  EXPECT_THAT(world.query("SELECT outcome, error FROM _lakeflow.runs"), ElementsAre("partial|patients: GET memory:patients answered 403"));
}

TEST(Passes, WhereAllTablesFailTheErrorsOwnCodeIsTheRuns) {
  IngestWorld world;
  world.source().set_length(200);
  world.source().set_behaviour("patients", {.open_error = Error::source("GET memory:patients answered 403")});
  const RunReport report = world.run({"patients"});
  EXPECT_EQ(report.outcome, RunOutcome::kFailed);
  EXPECT_EQ(report.exit_code(), 3);
}

struct ChunkCase {
  const char* name;
  const char* settings;
  MemoryBehaviour behaviour;
  std::uint64_t commits;
};

class Chunks : public ::testing::TestWithParam<ChunkCase> {};

TEST_P(Chunks, EndAtTheFirstLimitAndTheReadersNextOffset) {
  IngestWorld world;
  world.source().set_behaviour("events", GetParam().behaviour);
  world.source().set_length(1000);
  const RunReport report = world.run({"events"}, GetParam().settings);
  EXPECT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  EXPECT_EQ(table_of(report, "events").commits, GetParam().commits);
  EXPECT_THAT(world.rows("events"), SizeIs(1000));
  EXPECT_THAT(world.query("SELECT count(*), sum(records_read) FROM _lakeflow.passes"), ElementsAre(fmt::format("{}|1000", GetParam().commits)));
}

// The last commit is that of the end: it has what was left.
INSTANTIATE_TEST_SUITE_P(
    OfEachLimit, Chunks,
    ::testing::Values(ChunkCase{"none", "", {}, 1},                                                                                   //
                      ChunkCase{"rows", "chunk_rows: 250", {.records_per_call = 50}, 4},                                              //
                      ChunkCase{"rows_before_an_offset", "chunk_rows: 250", {.records_per_call = 50, .records_per_offset = 400}, 3},  //
                      ChunkCase{"bytes", "chunk_bytes: 1", {.records_per_call = 200}, 5},                                             //
                      ChunkCase{"seconds", "chunk_seconds: 0.000000001", {.records_per_call = 100}, 10}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(Resume, BeginsExactlyWhereTheLastCommitEnded) {
  for (const std::uint64_t fail_at : {1U, 99U, 250U, 399U, 700U}) {
    IngestWorld world;
    const MemoryBehaviour behaviour{.records_per_call = 50, .records_per_offset = 100, .records_per_state = 10};
    MemoryBehaviour failing = behaviour;
    failing.fail_at = fail_at;
    world.source().set_length(800);
    world.source().set_behaviour("events", failing);
    const RunReport failed = world.run({"events"}, "chunk_rows: 150");
    EXPECT_EQ(failed.exit_code(), 3);
    const std::uint64_t committed = table_of(failed, "events").counts.inserted;
    EXPECT_EQ(world.offset("events"), committed == 0 ? "" : fmt::format(R"({{"place":{}}})", committed));
    EXPECT_EQ(committed, fail_at / 200 * 200 + (fail_at % 200 == 100 ? 100 : 0)) << "a failure loses nothing that an offset holds for";
    world.source().set_behaviour("events", behaviour);
    const RunReport resumed = world.run({"events"});
    EXPECT_EQ(resumed.outcome, RunOutcome::kDone) << to_json(resumed);
    EXPECT_EQ(resumed.passes[0].records_read, 800 - committed);
    EXPECT_THAT(world.rows("events"), SizeIs(800));
  }
}

TEST(Resume, ReadsDeletesFromAnOffsetOfTheirOwn) {
  IngestWorld world;
  world.source().set_length(300);
  EXPECT_EQ(world.run({"beds"}).outcome, RunOutcome::kDone);
  EXPECT_EQ(world.offset("beds"), R"({"place":300})");
  EXPECT_EQ(world.offset("beds", "deletes_offset"), R"({"place":300})");
  world.source().set_length(500);
  const RunReport second = world.run({"beds"});
  EXPECT_EQ(second.passes[0].records_read, 200U) << "of both readings together";
}

TEST(Cycle, OfUpsertsAndDeletesIsOneTransactionWhereItFitsIntoAChunk) {
  IngestWorld world;
  world.source().set_length(300);
  const RunReport first = world.run({"beds"});
  EXPECT_EQ(table_of(first, "beds").commits, 1U);
  EXPECT_GT(table_of(first, "beds").counts.superseded, 0U) << "rows that the same cycle deletes never stood in the table";
  world.source().set_length(500);
  EXPECT_EQ(table_of(world.run({"beds"}), "beds").commits, 1U);
  EXPECT_EQ(world.offset("beds"), R"({"place":500})");
  EXPECT_EQ(world.offset("beds", "deletes_offset"), R"({"place":500})");
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.passes"), ElementsAre("2"));

  IngestWorld larger;
  larger.source().set_length(500);
  EXPECT_GT(table_of(larger.run({"beds"}, "chunk_rows: 100"), "beds").commits, 2U);
  EXPECT_EQ(difference(larger.rows("beds"), world.rows("beds")), "");
}

}  // namespace
}  // namespace lakeflow::test
