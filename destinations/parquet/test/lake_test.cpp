// What is a Parquet lake's own: its layout, when files are published, partitions, the log of commits.
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "destinations/parquet/parquet_destination.h"
#include "testing/destination/slice_text.h"

namespace lakeflow::testing {
namespace {

namespace fs = std::filesystem;

ApplyPlan plan_of(arrow::FieldVector fields, std::vector<std::string> partition_by = {}) {
  ApplyPlan plan;
  plan.target = {"bronze", "adt"};
  plan.schema = arrow::schema(std::move(fields));
  plan.partition_by = std::move(partition_by);
  return plan;
}

ApplyPlan id_plan() { return plan_of({arrow::field("id", arrow::int64())}); }

class LakeTest : public ::testing::Test {
 protected:
  LakeTest() {
    std::string name = (fs::temp_directory_path() / "lakeflow-lake-[x]-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = name;
  }
  ~LakeTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  Result<std::unique_ptr<Destination>> try_open(ParquetOptions options = {}) const {
    options.path = (folder_ / "lake/").string();
    return open_parquet(options);
  }
  std::unique_ptr<Destination> open(const ParquetOptions& options = {}) const {
    auto destination = try_open(options);
    if (!destination) {
      ADD_FAILURE() << text_of(destination.error());
      return nullptr;
    }
    return *std::move(destination);
  }
  std::string opening_error(const ParquetOptions& options = {}) const {
    const auto destination = try_open(options);
    return destination ? "" : text_of(destination.error());
  }

  // The files below a folder of the lake, relative to it, sorted.
  std::vector<std::string> files(const std::string& below) const {
    std::vector<std::string> found;
    std::error_code ignored;
    for (fs::recursive_directory_iterator entry(folder_ / "lake" / below, ignored), end; entry != end; entry.increment(ignored)) {
      if (entry->is_regular_file()) found.push_back(fs::relative(entry->path(), folder_ / "lake" / below).string());
    }
    std::ranges::sort(found);
    return found;
  }
  std::vector<std::string> published() const { return files("bronze/adt"); }

  fs::path folder_;
};

TEST_F(LakeTest, FilesAreTheirOwnersAlone) {
  const mode_t before = umask(0);
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
    EXPECT_EQ(query_text(*destination, "SELECT * FROM bronze.adt"), "1\n");
  }
  umask(before);
  int seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const auto mode = static_cast<unsigned>(entry.status().permissions());
    EXPECT_EQ(mode, entry.is_directory() ? 0700U : 0600U) << entry.path();
    ++seen;
  }
  EXPECT_GT(seen, 15);
}

TEST_F(LakeTest, RowsArePublishedAtTheEnd) {
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":2}])"}), "1 inserted\n");
    EXPECT_EQ(published().size(), 0U) << "two commits make no two files";
    EXPECT_EQ(query_text(*destination, "SELECT count(*) FROM bronze.adt"), "2\n");
    ASSERT_TRUE(destination->close());
    EXPECT_EQ(published().size(), 1U);
    EXPECT_EQ(query_text(*destination, "SELECT count(*) FROM bronze.adt"), "2\n");
  }
  const auto files_before = published();
  {
    const auto destination = open();
  }
  EXPECT_EQ(published(), files_before) << "what is published is never touched again";
}

TEST_F(LakeTest, RowsCanStayStagedUntilTheyHaveASizeOrAnAge) {
  const ParquetOptions staging = {.path = {}, .file_bytes = 1 << 20, .file_age_seconds = 3600, .publish_at_end = false};
  for (int run = 1; run <= 3; ++run) {
    const auto destination = open(staging);
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  }
  EXPECT_EQ(published().size(), 0U);
  EXPECT_EQ(query_text(*open({.read_only = true}), "SELECT count(*) FROM bronze.adt"), "3\n");
  {
    ParquetOptions old_enough = staging;
    old_enough.file_age_seconds = 0;
    const auto destination = open(old_enough);
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
    EXPECT_EQ(published().size(), 1U) << "by age, with the commit";
  }
  {
    ParquetOptions large_enough = staging;
    large_enough.file_bytes = 1000;
    const auto destination = open(large_enough);
    for (int commit = 0; commit < 10; ++commit) EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
    EXPECT_GE(published().size(), 2U) << "by size";
  }
  EXPECT_EQ(query_text(*open({.read_only = true}), "SELECT count(*) FROM bronze.adt"), "14\n");
}

TEST_F(LakeTest, PartitionsAreFolders) {
  const ApplyPlan plan = plan_of({arrow::field("id", arrow::int64()), arrow::field("site", arrow::utf8()), arrow::field("ward", arrow::int32()),
                                  arrow::field("moment", arrow::timestamp(arrow::TimeUnit::MICRO))},
                                 {"site", "ward", "moment:day"});
  {
    const auto destination = open();
    ASSERT_TRUE(destination->accepts(plan));
    EXPECT_EQ(
        apply_text(
            *destination, plan,
            {R"([{"id":1,"site":"a/b [1]","ward":7,"moment":0},{"id":2,"site":null,"ward":null,"moment":null},{"id":3,"site":"007","ward":-1,"moment":-1},
                              {"id":4,"site":"a/b [1]","ward":7,"moment":1000}])"}),
        "4 inserted\n");
    EXPECT_EQ(query_text(*destination, "SELECT id, site, ward FROM bronze.adt ORDER BY id"),
              "1 | a/b [1] | 7\n2 | null | null\n3 | 007 | -1\n4 | a/b [1] | 7\n");
  }
  std::vector<std::string> folders;
  for (const std::string& file : published()) folders.push_back(fs::path(file).parent_path().string());
  EXPECT_EQ(folders, (std::vector<std::string>{"site=007/ward=-1/moment_day=1969-12-31",
                                               "site=__HIVE_DEFAULT_PARTITION__/ward=__HIVE_DEFAULT_PARTITION__/"
                                               "moment_day=__HIVE_DEFAULT_PARTITION__",
                                               "site=a%2Fb %5B1%5D/ward=7/moment_day=1970-01-01"}));
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, plan, {R"([{"id":5,"site":"007","ward":1,"moment":0}])"}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination, "SELECT id, site, ward, moment::VARCHAR FROM bronze.adt ORDER BY id"),
            "1 | a/b [1] | 7 | 1970-01-01 00:00:00\n2 | null | null | null\n3 | 007 | -1 | 1969-12-31 23:59:59.999999\n"
            "4 | a/b [1] | 7 | 1970-01-01 00:00:00.001\n5 | 007 | 1 | 1970-01-01 00:00:00\n");
  ApplyPlan other = plan;
  other.partition_by = {"site"};
  EXPECT_TRUE(apply_text(*destination, other, {"[]"}).starts_with("user: table bronze.adt is laid out by [site, ward, moment:day]"));
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "not run";
  for (std::array<char, 4096> buffer; std::fgets(buffer.data(), buffer.size(), pipe) != nullptr;) out += buffer.data();
  ::pclose(pipe);
  return out;
}

TEST_F(LakeTest, PyarrowReadsTheFoldersAsTheyAre) {
  const std::string python = LAKEFLOW_SOURCE_DIR "/.deps/venv/bin/python";
  if (::access(python.c_str(), X_OK) != 0) GTEST_SKIP() << "Arrow is the system's here";
  const ApplyPlan plan =
      plan_of({arrow::field("id", arrow::int64()), arrow::field("site", arrow::utf8()), arrow::field("d", arrow::decimal128(10, 2)),
               arrow::field("names", arrow::list(arrow::struct_({arrow::field("use", arrow::utf8())})))},
              {"site"});
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, plan,
                         {R"([{"id":1,"site":"a b","d":"1.50","names":[{"use":"x"},null]},{"id":2,"site":null,"d":null,"names":null}])"}),
              "2 inserted\n");
  }
  const std::string script =
      "import sys, pyarrow.dataset as d; print(d.dataset(sys.argv[1], partitioning='hive').to_table().sort_by('id').to_pylist())";
  EXPECT_EQ(output_of(fmt::format("'{}' -c \"{}\" '{}'", python, script, (folder_ / "lake/bronze/adt").string())),
            "[{'id': 1, 'd': Decimal('1.50'), 'names': [{'use': 'x'}, None], 'site': 'a b'}, {'id': 2, 'd': None, 'names': None, 'site': None}]\n");
}

TEST_F(LakeTest, PlansThatALakeCanNotExecuteAreRefusedWithAdvice) {
  ApplyPlan changes = id_plan();
  changes.mode = ApplyMode::kChanges;
  EXPECT_EQ(text_of(accepts_parquet(changes).error()),
            "user: table bronze.adt: its rows replace and delete others by key, and a Parquet lake only appends / Set scd_type: APPEND_ONLY in its "
            "table_configuration, which keeps every version, or land it in a duckdb destination");
  ApplyPlan snapshot = id_plan();
  snapshot.mode = ApplyMode::kSnapshot;
  EXPECT_EQ(
      text_of(accepts_parquet(snapshot).error()),
      "user: table bronze.adt: its rows replace and delete others by key, and a Parquet lake only appends / It comes as a whole with each run: land "
      "it in a duckdb destination");
  ApplyPlan laid_out = id_plan();
  laid_out.partition_by = {"none"};
  EXPECT_EQ(text_of(accepts_parquet(laid_out).error()), "user: table bronze.adt: partition_by none: the table has no such column / ");
  laid_out.schema = arrow::schema({arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO))});
  laid_out.partition_by = {"at"};
  EXPECT_EQ(text_of(accepts_parquet(laid_out).error()),
            "user: table bronze.adt: partition_by at: a folder can't be named after a timestamp[us] / Write at:day or at:month");
  for (const char* name : {"", "_hidden", ".hidden", "a/b", ".."}) {
    ApplyPlan named = id_plan();
    named.target.table = name;
    EXPECT_FALSE(accepts_parquet(named)) << name;
  }
}

TEST_F(LakeTest, ManyCommitsAreCheckpointedAndPruned) {
  const StateOwner owner = {"p", "s", "d"};
  {
    const auto destination = open();
    for (int commit = 0; commit < 700; ++commit) {
      const auto transaction = *destination->begin();
      ASSERT_TRUE(transaction->put_state(owner, fmt::format("key {}", commit % 300), std::to_string(commit)));
      ASSERT_TRUE(transaction->commit());
    }
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  }
  EXPECT_EQ(files("_lakeflow/checkpoints").size(), 2U);
  EXPECT_GE(files("_lakeflow/commits").size(), 500U);
  EXPECT_LT(files("_lakeflow/commits").size(), 650U);
  EXPECT_NE(files("_lakeflow/commits").front(), "00000000000000000001.json");
  const auto destination = open({.read_only = true});
  EXPECT_EQ(destination->find_state(owner, "key 299").value(), "599");
  EXPECT_EQ(destination->find_state(owner, "key 0").value(), "600");
  EXPECT_EQ(query_text(*destination, "SELECT count(*) FROM bronze.adt"), "1\n");
  EXPECT_EQ(query_text(*destination, "SELECT count(*) FROM _lakeflow.state"), "300\n");
}

TEST_F(LakeTest, TheLakesOwnSmallFilesAreJoined) {
  {
    const auto destination = open();
    for (int run = 0; run < 200; ++run) {
      const auto transaction = *destination->begin();
      ASSERT_TRUE(transaction->log_run({fmt::format("run {:03}", run), "p", run, std::nullopt, "running", ""}));
      ASSERT_TRUE(transaction->commit());
    }
    EXPECT_EQ(query_text(*destination, "SELECT count(*), count(DISTINCT run_id) FROM _lakeflow.runs"), "200 | 200\n");
  }
  {
    const auto swept = open();
  }
  EXPECT_LT(files("_lakeflow/staged").size(), 60U);
}

TEST_F(LakeTest, AReaderKeepsWhatItBeganToRead) {
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  {
    const auto reader = open({.read_only = true});
    ASSERT_TRUE(destination->close());
    EXPECT_EQ(query_text(*reader, "SELECT * FROM bronze.adt"), "1\n") << "from the staged file, which was published meanwhile";
  }
  EXPECT_EQ(query_text(*open({.read_only = true}), "SELECT * FROM bronze.adt"), "1\n");
}

TEST_F(LakeTest, AnotherWritersCommitIsAConflict) {
  const auto destination = open();
  const auto transaction = *destination->begin();
  ASSERT_TRUE(transaction->put_state({"p", "s", "d"}, "offset", "1"));
  const auto commits = files("_lakeflow/commits");
  std::ofstream(folder_ / "lake/_lakeflow/commits" / fmt::format("{:020}.json", commits.size() + 1)) << "{}";
  const Status committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_TRUE(text_of(committed.error()).starts_with("destination: another writer made the commit ")) << text_of(committed.error());
}

// As it stays where a process is killed between giving the commit its name and taking the draft's away.
TEST_F(LakeTest, ADraftThatIsTheLastCommitsOtherNameIsNotWrittenInto) {
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  }
  const fs::path commits = folder_ / "lake/_lakeflow/commits";
  fs::create_hard_link(commits / files("_lakeflow/commits").back(), commits / "next.draft");
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":2}])"}), "1 inserted\n");
  }
  EXPECT_EQ(query_text(*open({.read_only = true}), "SELECT * FROM bronze.adt ORDER BY id"), "1\n2\n");
  EXPECT_FALSE(fs::exists(commits / "next.draft"));
}

TEST_F(LakeTest, ALogOfANewerLakeflowIsRefusedUntouched) {
  {
    const auto destination = open();
  }
  const auto commits = files("_lakeflow/commits");
  std::ofstream(folder_ / "lake/_lakeflow/commits" / fmt::format("{:020}.json", commits.size() + 1)) << R"({"version":9,"number":2})";
  for (const bool read_only : {false, true}) {
    const std::string refused = opening_error({.read_only = read_only});
    EXPECT_NE(refused.find("was written by a newer lakeflow: it has version 9, this program knows 1 / Upgrade lakeflow"), std::string::npos)
        << refused;
  }
}

TEST_F(LakeTest, ADamagedLogIsNamed) {
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":2}])"}), "1 inserted\n");
  }
  const fs::path second = folder_ / "lake/_lakeflow/commits/00000000000000000002.json";
  const std::string whole = [&] {
    std::ifstream file(second);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.size() / 2), std::string("[1]"), std::string(R"({"version":1})")}) {
    std::ofstream(second, std::ios::trunc) << damaged;
    EXPECT_NE(opening_error().find("00000000000000000002.json is damaged / Restore"), std::string::npos) << damaged << ": " << opening_error();
  }
  fs::remove(second);
  EXPECT_NE(opening_error().find("00000000000000000002.json is missing / Restore"), std::string::npos) << opening_error();
}

TEST_F(LakeTest, PathsThatAreNoLake) {
  std::ofstream(folder_ / "lake") << "a file";
  EXPECT_NE(opening_error().find("is a file, not a folder of Parquet files"), std::string::npos);
  fs::remove(folder_ / "lake");
  EXPECT_NE(opening_error({.read_only = true}).find("there is no lake in"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "lake"));
  const auto nowhere = open_parquet({.path = (folder_ / "none" / "lake").string()});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind(), ErrorKind::kUser);
}

TEST_F(LakeTest, WhatWasNeverCommittedIsRemovedByTheNextWriter) {
  {
    const auto destination = open();
  }
  std::ofstream(folder_ / "lake/_lakeflow/staged/left.parquet") << "a patient's data";
  {
    const auto reader = open({.read_only = true});
  }
  EXPECT_TRUE(fs::exists(folder_ / "lake/_lakeflow/staged/left.parquet"));
  {
    const auto destination = open();
  }
  EXPECT_FALSE(fs::exists(folder_ / "lake/_lakeflow/staged/left.parquet"));
}

TEST_F(LakeTest, AFullRefreshLeavesNothingOfTheOldTable) {
  const StateOwner owner = {"p", "s", "bronze.adt"};
  {
    const auto destination = open();
    EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  }
  ASSERT_EQ(published().size(), 1U);
  const auto destination = open();
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->reset_table(owner, id_plan()));
    ASSERT_TRUE(transaction->apply(id_plan(), slice_of(id_plan(), R"([{"id":2}])")));
    EXPECT_EQ(published().size(), 1U);
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(published().size(), 0U);
  ASSERT_TRUE(destination->close());
  EXPECT_EQ(published().size(), 1U);
  EXPECT_EQ(query_text(*destination, "SELECT * FROM bronze.adt"), "2\n");
}

}  // namespace
}  // namespace lakeflow::testing
