// What a run brings, whatever the chunks, the runs and the order in which it came.

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

constexpr MemoryContent kMixed{.seed = 7, .keys = 400, .ties = 3, .bad_per_mille = 30, .odd_per_mille = 30, .shuffle_seed = 0, .shuffled = 0};

void expect_done(const RunReport& report) {
  EXPECT_EQ(report.outcome, RunOutcome::kDone) << to_json(report);
  EXPECT_EQ(report.exit_code(), 0);
}

void expect_same_tables(const IngestWorld& one, const IngestWorld& other) {
  for (const std::string& table : all_tables()) {
    EXPECT_EQ(difference(one.rows(table), other.rows(table)), "") << table;
  }
}

TEST(Run, BringsEveryKindOfTableAndSaysWhatCameOfEachRecord) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(3000);
  const RunReport report = world.run(all_tables());
  expect_done(report);
  ASSERT_THAT(report.passes, SizeIs(6)) << "five tables alone, and the three of the feed in one pass";
  EXPECT_THAT(report.passes.back().source_tables, ElementsAre("messages", "visits", "results"));
  for (const PassReport& pass : report.passes) {
    std::uint64_t filtered = 0;
    for (const auto& [reason, count] : pass.records_filtered) {
      filtered += count;
    }
    EXPECT_EQ(pass.records_read, pass.records_decoded + pass.records_quarantined + filtered) << pass.source_tables.front();
    EXPECT_GT(pass.records_quarantined, 0U) << pass.source_tables.front();
  }
  for (const TableReport& table : report.tables) {
    EXPECT_EQ(table.rows_decoded, table.counts.rows() + table.rejected) << table.source_table;
    EXPECT_GT(table.counts.inserted, 0U) << table.source_table;
    EXPECT_GT(table.rescued, 0U) << table.source_table;
    EXPECT_EQ(table.rows_now, world.rows(table.source_table).size()) << table.source_table;
  }
  EXPECT_EQ(report.passes.back().records_read, 3000U);
  EXPECT_GT(table_of(report, "beds").counts.superseded, 0U) << "by the deletes, which are read after the upserts and land with them";
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.quarantine"), ElementsAre(std::to_string(report.rejects())));
  EXPECT_THAT(world.query("SELECT outcome, error FROM _lakeflow.runs"), ElementsAre("done|"));
}

TEST(Run, TheSecondOneFindsNothingNew) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(1000);
  expect_done(world.run(all_tables()));
  const auto commits = world.query("SELECT count(*) FROM _lakeflow.passes");
  std::map<std::string, std::vector<std::string>> before;
  for (const std::string& table : all_tables()) {
    before[table] = world.rows(table);
  }
  const RunReport second = world.run(all_tables());
  expect_done(second);
  for (const TableReport& table : second.tables) {
    EXPECT_EQ(table.counts.inserted + table.counts.updated + table.counts.deleted + table.counts.absent, 0U) << table.source_table;
    EXPECT_EQ(difference(world.rows(table.source_table), before[table.source_table]), "");
  }
  for (const PassReport& pass : second.passes) {
    EXPECT_EQ(pass.records_read > 0, pass.source_tables.front() == "wards") << "a snapshot is read whole each time";
  }
}

class SameTables : public ::testing::TestWithParam<DestinationKind> {};

TEST_P(SameTables, InOneRunOrInTen) {
  IngestWorld one(GetParam(), kMixed);
  one.source().set_length(1000);
  expect_done(one.run(all_tables()));
  IngestWorld ten(GetParam(), kMixed);
  for (std::uint64_t length = 100; length <= 1000; length += 100) {
    ten.source().set_length(length);
    expect_done(ten.run(all_tables(), "chunk_rows: 70"));
  }
  expect_same_tables(one, ten);
}

TEST_P(SameTables, WhileTheSourceGrows) {
  IngestWorld still(GetParam(), kMixed);
  still.source().set_length(1000);
  expect_done(still.run(all_tables()));
  IngestWorld growing(GetParam(), kMixed);
  growing.source().set_length(100, 50, 1000);
  for (int run = 0; run < 3; ++run) {
    expect_done(growing.run(all_tables(), "chunk_rows: 150"));
  }
  expect_same_tables(still, growing);
}

TEST_P(SameTables, InShuffledChunks) {
  constexpr std::uint64_t kLength = 1000;
  IngestWorld in_order(GetParam(), kMixed);
  in_order.source().set_length(kLength);
  expect_done(in_order.run(all_tables()));
  for (const std::uint64_t seed : {11U, 12U, 13U}) {
    MemoryContent content = kMixed;
    content.shuffle_seed = seed;
    content.shuffled = kLength;
    IngestWorld shuffled(GetParam(), content);
    shuffled.source().set_length(kLength);
    expect_done(shuffled.run(all_tables(), fmt::format("chunk_rows: {}", 30 * seed)));
    for (const char* table : {"events", "patients", "orders", "beds", "messages", "visits", "results"}) {  // not a snapshot
      const auto strip = [](std::vector<std::string> rows) {
        for (std::string& row : rows) {  // places differ: the last columns of a row tell where it came from
          row.resize(row.find("|memory:"));
        }
        std::ranges::sort(rows);
        return rows;
      };
      EXPECT_EQ(difference(strip(in_order.rows(table)), strip(shuffled.rows(table))), "") << table << " of seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfDestinations, SameTables, ::testing::Values(DestinationKind::kDuckDb, DestinationKind::kReferenceModel),
                         [](const auto& parameter) { return parameter.param == DestinationKind::kDuckDb ? "DuckDb" : "ReferenceModel"; });

TEST(Run, OfDuckDbGivesTheReferenceModelsTables) {
  for (const std::uint64_t seed : {21U, 22U}) {
    MemoryContent content = kMixed;
    content.seed = seed;
    content.keys = seed * 10;
    IngestWorld duckdb(DestinationKind::kDuckDb, content);
    IngestWorld model(DestinationKind::kReferenceModel, content);
    for (const std::uint64_t length : {600U, 1000U}) {
      duckdb.source().set_length(length);
      model.source().set_length(length);
      const RunReport one = duckdb.run(all_tables(), "chunk_rows: 170");
      const RunReport other = model.run(all_tables(), "chunk_rows: 170");
      expect_done(one);
      for (std::size_t i = 0; i < one.tables.size(); ++i) {
        EXPECT_EQ(one.tables[i].counts, other.tables[i].counts) << one.tables[i].source_table;
      }
    }
    expect_same_tables(duckdb, model);
  }
}

TEST(Run, DeletesWhatACompleteSnapshotLacks) {
  IngestWorld world(DestinationKind::kDuckDb, {.seed = 3, .keys = 50});
  world.source().set_length(300);
  expect_done(world.run({"wards"}));
  const std::size_t before = world.rows("wards").size();
  world.source().set_length(400);
  const RunReport report = world.run({"wards"});
  expect_done(report);
  const ApplyCounts& counts = report.tables.front().counts;
  EXPECT_GT(counts.absent, 0U);
  EXPECT_GT(counts.updated, 0U);
  EXPECT_EQ(world.rows("wards").size(), before + counts.inserted - counts.absent);
  EXPECT_EQ(report.tables.front().commits, 1U) << "whole, in one transaction";
  EXPECT_EQ(world.offset("wards"), "") << "it is read from the start each time";
}

TEST(Run, GoesOnAfterALimitOfTheReader) {
  IngestWorld limited(DestinationKind::kDuckDb, kMixed);
  for (const std::string& table : all_tables()) {
    limited.source().set_behaviour(table, {.limit = 330});
  }
  limited.source().set_length(1000);
  expect_done(limited.run(all_tables()));
  IngestWorld whole(DestinationKind::kDuckDb, kMixed);
  whole.source().set_length(1000);
  expect_done(whole.run(all_tables()));
  expect_same_tables(limited, whole);
}

TEST(Run, OfAFullRefreshForgetsAndReadsFromTheStart) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  for (const std::string& table : all_tables()) {
    world.source().set_behaviour(table, {.records_per_state = 50});
  }
  world.source().set_length(500);
  expect_done(world.run(all_tables()));
  std::map<std::string, std::vector<std::string>> before;
  for (const std::string& table : all_tables()) {
    before[table] = world.rows(table);
  }
  const RunReport refreshed = world.run(all_tables(), "chunk_rows: 100", [](IngestRequest& request) { request.full_refresh = true; });
  expect_done(refreshed);
  EXPECT_TRUE(refreshed.full_refresh);
  for (const std::string& table : all_tables()) {
    EXPECT_EQ(difference(world.rows(table), before[table]), "") << table << ": not doubled, not lost";
  }
  EXPECT_GT(table_of(refreshed, "events").counts.inserted, 0U);
}

TEST(Run, WithoutEffectReadsAndDecodesOnly) {
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(500);
  const auto dry = [](IngestRequest& request) { request.dry_run = true; };
  const RunReport report = world.run(all_tables(), {}, dry);
  expect_done(report);
  EXPECT_GT(report.rows(), 2000U);
  EXPECT_GT(report.rejects(), 0U);
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.runs"), ElementsAre("0"));
  EXPECT_THAT(world.query("SELECT count(*) FROM _lakeflow.state"), ElementsAre("0"));
  EXPECT_THAT(world.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"), IsEmpty());
  expect_done(world.run(all_tables()));
  world.source().set_length(600);
  const RunReport would_be = world.run({"events"}, {}, dry);
  EXPECT_EQ(table_of(would_be, "events").rows_decoded, table_of(world.run({"events"}), "events").rows_decoded)
      << "it begins where the last run ended, and moves nothing";
}

TEST(Run, TellsHowFarItIs) {
  class Listener final : public ProgressListener {
   public:
    void on_progress(std::span<const TableProgress> tables) override {
      for (const TableProgress& table : tables) {
        EXPECT_GE(table.rows, table.committed_rows);
        rows[std::string(table.source_table)] = table.rows;
        finished += table.finished ? 1 : 0;
      }
    }
    std::map<std::string, std::uint64_t> rows;
    int finished = 0;
  };
  IngestWorld world(DestinationKind::kDuckDb, kMixed);
  world.source().set_length(500);
  Listener listener;
  const RunReport report = world.run(all_tables(), "chunk_rows: 100", [&](IngestRequest& request) { request.progress = &listener; });
  EXPECT_EQ(listener.finished, 8);
  for (const TableReport& table : report.tables) {
    EXPECT_EQ(listener.rows[table.source_table], table.rows_decoded);
  }
}

TEST(Run, RefusesATableThatThePipelineDoesNotHave) {
  IngestWorld world;
  const Pipeline pipeline = world.pipeline({"patients"});
  const auto connector = memory_connector(std::make_shared<MemorySystem>(MemorySystem::all_kinds(), MemoryContent())).make({});
  IngestRequest request;
  request.pipeline = &pipeline;
  request.connector = connector->get();
  request.destination = &world.destination();
  request.only_tables = {"patient"};
  const auto report = ingest(request);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(report.error().next_step(), HasSubstr("patients"));
}

}  // namespace
}  // namespace lakeflow::test
