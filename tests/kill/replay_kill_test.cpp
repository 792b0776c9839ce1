// A replay of quarantined records that is killed at any instant is done again with nothing lost or doubled.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/parquet/parquet_destination.h"
#include "tests/kill/kill_order.h"
#include "tests/kill/kill_page.h"
#include "tests/kill/landed_tables.h"
#include "tests/kill/subject_process.h"

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

constexpr int kMessages = 60;  // that an older program did not understand, and this one does
constexpr int kBroken = 4;     // that nobody does

struct ReplayKind {
  const char* name;
  const char* destination;
};

class ReplayKill : public testing::TestWithParam<ReplayKind> {
 protected:
  ReplayKill() {
    std::string pattern = (fs::temp_directory_path() / "lakeflow_replay_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    fs::create_directory(folder_ / "inbox");
    std::ofstream(folder_ / "clinic.yaml") << "name: clinic\nconnection: {connector: healthcare, options: {storage_path: \""
                                           << (folder_ / "inbox").string() << "\"}}\ndestination: {" << GetParam().destination
                                           << "}\nsettings: {chunk_rows: 10, error_handling: dead_letter}\n"
                                              "objects:\n  - table: {source_table: adt_messages}\n  - table: {source_table: pid}\n";
    quarantine();
  }
  ~ReplayKill() override { fs::remove_all(folder_); }

  Result<std::unique_ptr<Destination>> open() const {
    if (std::string(GetParam().name) == "duckdb") {
      return open_duckdb({.path = (folder_ / "clinic.duckdb").string()});
    }
    return open_parquet({.path = (folder_ / "lake").string()});
  }

  // As a run of a program that did not know how to read them left it.
  void quarantine() const {
    const auto destination = *open();
    std::vector<QuarantinedRecord> records;
    for (int i = 0; i < kMessages + kBroken; ++i) {
      const bool is_broken = i >= kMessages;
      records.push_back({.source_table = {},
                         .destination_table = {},
                         .reason = is_broken ? "torn_message" : "not_understood",
                         .detail = {},
                         .origin = (folder_ / "inbox" / fmt::format("{}.hl7", i % 7)).string(),
                         .position = static_cast<std::uint64_t>(100 * i),
                         .bytes = fmt::format("MSH|^~\\&|A|B|C|D|20240501||ADT^A01|M{0}|P|2.5\rPID|1||{0}^^^H||Quill^Ann", i),
                         .landing_tables = "main.adt_messages,main.pid",
                         .id = fmt::format("{:032x}", i + 1)});
    }
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->quarantine("run-0", "clinic", records));
    ASSERT_TRUE(transaction->commit());
    ASSERT_TRUE(destination->close());
  }

  fs::path folder_;
};

TEST_P(ReplayKill, IsDoneOnceWhereverItIsKilled) {
  const KillPage page((folder_ / "page").string());
  int kills = 0;
  for (const char* point : {"apply.begin", "apply.slice", "apply.staged", "apply.applied", "commit.before", "commit.after"}) {
    // The first passing kills what is left early, later ones in the middle of it: each run goes on where the one before died.
    for (const std::uint64_t passing : {2U, 1U}) {
      for (const std::uint64_t microseconds : {0U, 700U}) {
        const SubjectEnd end =
            run_subject(folder_, {.point = point, .passing = passing, .microseconds = microseconds, .page = (folder_ / "page").string()}, "--replay");
        kills += end.killed ? 1 : 0;
        if (!end.killed) {
          EXPECT_EQ(end.exit_code, 0);
        }
      }
    }
  }
  EXPECT_GT(kills, 5);
  ASSERT_EQ(run_subject(folder_, {}, "--replay").exit_code, 0);
  const auto landed = LandedTables::open(folder_, {});
  ASSERT_TRUE(landed);
  const auto one = [&](const std::string& sql) {
    const std::vector<std::string> texts = landed->query(sql);
    return texts.empty() ? std::string("nothing") : texts.front();
  };
  const std::string all = std::to_string(kMessages);
  for (const char* table : {"adt_messages", "pid"}) {
    EXPECT_EQ(one(fmt::format("SELECT count(*)::VARCHAR FROM {}", table)), all) << "none is lost";
    EXPECT_EQ(one(fmt::format("SELECT count(DISTINCT _record_id)::VARCHAR FROM {}", table)), all) << "none is doubled";
    EXPECT_EQ(one(fmt::format("SELECT sum(inserted)::VARCHAR FROM _lakeflow.commits WHERE source_table = '{}'", table)), all);
  }
  EXPECT_EQ(one("SELECT count(*)::VARCHAR FROM _lakeflow.quarantine WHERE state = 'replayed'"), all);
  EXPECT_EQ(one("SELECT count(*)::VARCHAR FROM _lakeflow.quarantine WHERE state = 'open' AND reason = 'torn_message'"), std::to_string(kBroken));
  EXPECT_EQ(one("SELECT count(*)::VARCHAR FROM _lakeflow.quarantine_changes WHERE change = 'replayed'"), all);
  EXPECT_EQ(one("SELECT count(*)::VARCHAR FROM _lakeflow.passes WHERE records_read <> records_decoded + records_quarantined + "
                "coalesce(list_sum(map_values(records_filtered)), 0)"),
            "0");
  EXPECT_EQ(one("SELECT sum(records_decoded)::VARCHAR FROM _lakeflow.passes"), all);
}

INSTANTIATE_TEST_SUITE_P(Kill, ReplayKill,
                         testing::Values(ReplayKind{"duckdb", "kind: duckdb, path: clinic.duckdb"},
                                         ReplayKind{"parquet", "kind: parquet, path: lake"}),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace lakeflow::test
