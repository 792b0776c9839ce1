// A run that is killed at any instant is resumed with nothing lost, torn or doubled.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>

#include "destinations/duckdb/duckdb_destination.h"
#include "tests/kill/kill_order.h"
#include "tests/kill/kill_page.h"
#include "tests/kill/kill_source.h"
#include "tests/kill/landed_tables.h"
#include "tests/kill/subject_process.h"

namespace lakeflow::test {
namespace {

constexpr int kHitsPerStage = 10;
constexpr int kRandomKills = 12;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_kill_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The points of each stage, with how many passings a run of some hundred records makes, about.
struct Point {
  const char* name;
  std::uint64_t passings;
};
using Points = std::map<std::string, std::vector<Point>>;
const Points kPoints = {
    {"fetch", {{"fetch.open", 4}, {"fetch.next", 15}, {"fetch.batch", 8}, {"fetch.barrier", 8}}},
    {"decode", {{"decode.batch", 8}, {"decode.record", 300}, {"decode.prepared", 8}}},
    {"apply", {{"apply.begin", 8}, {"apply.slice", 10}, {"apply.staged", 4}, {"apply.applied", 10}}},
    {"commit", {{"commit.before", 8}, {"commit.after", 8}}},
};

std::string log_of(const std::filesystem::path& folder) {
  std::ifstream file(folder / "subject.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Kills runs of the source in each stage until each was hit often enough, then at random times, then lets one run end.
class KillTrial {
 public:
  explicit KillTrial(KillSource& source) : source_(source), page_(folder_.path() / "page") {}

  const std::filesystem::path& folder() const { return folder_.path(); }
  const std::map<std::string, int>& hits() const { return hits_; }

  void kill_in(const std::string& stage) {
    for (int attempt = 0; attempt < 4 * kHitsPerStage && hits_[stage] < kHitsPerStage; ++attempt) {
      std::vector<Point>& points = points_.at(stage);
      Point& point = points[choose(points.size())];
      KillOrder order{.point = point.name, .passing = 1 + choose(point.passings), .microseconds = 0, .page = (folder() / "page").string()};
      if (order.point == "commit.before" && choose(3) > 0) {
        order.microseconds = 1 + choose(8000);  // in the middle of the commit
      }
      run(order);
      if (!last_.killed) {  // this source's runs don't pass it so often
        point.passings = std::max<std::uint64_t>(1, order.passing / 2);
      } else if (page_.last_point(stage) == order.point) {
        ++hits_[stage];
        std::printf("killed in %-6s  at %s, passing %llu%s\n", stage.c_str(), point.name, static_cast<unsigned long long>(order.passing),
                    order.microseconds == 0 ? "" : fmt::format(", {} microseconds into it", order.microseconds).c_str());
      }
    }
  }

  void kill_at_random() {
    for (int attempt = 0; attempt < kRandomKills; ++attempt) {
      run({.point = "fetch.open", .passing = 1 + choose(2), .microseconds = 1 + choose(200'000), .page = (folder() / "page").string()});
      if (last_.killed) {
        std::printf("killed at any time: the stages had passed");
        for (const std::string_view stage : kStages) {
          std::printf("  %s", page_.last_point(stage).empty() ? "-" : page_.last_point(stage).c_str());
        }
        std::printf("\n");
      }
    }
  }

  void let_it_end() {
    source_.write_last_pipeline(folder());
    const SubjectEnd end = run_subject(folder(), {});
    EXPECT_EQ(end.exit_code, 0) << log_of(folder());
  }

 private:
  std::uint64_t choose(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(dice_); }

  void run(const KillOrder& order) {
    source_.write_pipeline(folder(), dice_());
    page_.clear();
    last_ = run_subject(folder(), order);
    if (!last_.killed) {
      ASSERT_EQ(last_.exit_code, 0) << log_of(folder());
    }
  }

  KillSource& source_;
  const Folder folder_;
  KillPage page_;
  SubjectEnd last_;
  Points points_ = kPoints;
  std::map<std::string, int> hits_;
  std::mt19937_64 dice_{2024};
};

class Kill : public ::testing::TestWithParam<std::pair<const char*, std::unique_ptr<KillSource> (*)()>> {};

TEST_P(Kill, LosesNothingAndDoublesNothing) {
  const std::unique_ptr<KillSource> source = GetParam().second();
  KillTrial trial(*source);
  for (const std::string_view stage : kStages) {
    trial.kill_in(std::string(stage));
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_GE(trial.hits().at(std::string(stage)), kHitsPerStage) << stage;
  }
  trial.kill_at_random();
  trial.let_it_end();

  const Folder undisturbed;
  source->write_last_pipeline(undisturbed.path());
  ASSERT_EQ(run_subject(undisturbed.path(), {}).exit_code, 0) << log_of(undisturbed.path());

  const auto landed = LandedTables::open(trial.folder(), source->columns_of_the_reading());
  const auto landed_undisturbed = LandedTables::open(undisturbed.path(), source->columns_of_the_reading());
  ASSERT_TRUE(landed) << landed.error().message();
  ASSERT_TRUE(landed_undisturbed) << landed_undisturbed.error().message();
  const LandedTables& killed = *landed;
  const LandedTables& whole = *landed_undisturbed;
  for (const std::string& table : source->tables()) {
    const std::vector<std::string> rows = whole.rows(table);
    EXPECT_FALSE(rows.empty()) << table;
    EXPECT_EQ(killed.first_difference(whole, table), "") << table;
    if (source->keeps_history()) {
      EXPECT_FALSE(whole.rows(table, "\"__END_AT\" IS NOT NULL").empty()) << table;
    } else {
      EXPECT_EQ(killed.counted_rows(table), rows.size()) << table << ": the lines of its commits add up to its rows";
    }
    if (source->has_canonical_state()) {
      EXPECT_EQ(killed.state(table), whole.state(table)) << table;
    }
    std::printf("%-17s %zu rows, the same as undisturbed\n", table.c_str(), rows.size());
  }
  EXPECT_EQ(killed.quarantine(source->snapshots()), whole.quarantine(source->snapshots()));
  EXPECT_EQ(whole.quarantine(source->snapshots()).empty(), !source->has_broken_records());
  EXPECT_EQ(killed.dead_letters(), killed.quarantine({}).size()) << "each line of the dead letters is a record in quarantine";
  EXPECT_EQ(killed.dead_letter_files(), killed.dead_letters());
}

INSTANTIATE_TEST_SUITE_P(
    AtAnyInstant, Kill,
    ::testing::Values(std::pair{"memory", &make_memory_kill_source}, std::pair{"memory_with_history", &make_memory_kill_source_with_history},
                      std::pair{"hl7v2", &make_hl7v2_kill_source}, std::pair{"hl7v2_into_parquet", &make_hl7v2_kill_source_into_parquet},
                      std::pair{"fhir", &make_fhir_kill_source}, std::pair{"fhir_by_patient", &make_fhir_kill_source_by_patient}),
    [](const auto& parameter) { return parameter.param.first; });

}  // namespace
}  // namespace lakeflow::test
