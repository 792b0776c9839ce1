// Killed at any instant, a transaction is there whole or not at all, rows and state alike; and nobody else may read the files.
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include "base/kill_point.h"
#include "destinations/duckdb/test/duckdb_fixture.h"
#include "testing/destination/child_process.h"

namespace {

// Where this process is to die; only a child sets it.
const char* deadly_point = "";

}  // namespace

namespace lakeflow {

// In place of the product's empty one.
void kill_point(const char* name) {
  if (std::string_view(name) == deadly_point) ::raise(SIGKILL);
}

namespace testing {
namespace {

const StateOwner kOwner = {"p", "source", "clinic.t"};
constexpr int kRowsOfAChunk = 500;

ApplyPlan changes_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "t"};
  plan.mode = ApplyMode::kChanges;
  plan.schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("seq", arrow::int64()), arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"id"};
  plan.sequence_columns = {"seq"};
  return plan;
}

// A chunk has rows of its own, and brings the first row of the table forward.
std::string chunk_rows(int chunk) {
  std::string rows = fmt::format(R"([{{"id":0,"seq":{0},"_content_hash":{0}}})", chunk);
  for (int row = 1; row <= kRowsOfAChunk; ++row) rows += fmt::format(R"(,{{"id":{},"seq":1,"_content_hash":1}})", chunk * 100'000 + row);
  return rows + "]";
}

std::string commit_chunk(Destination& destination, int chunk) {
  const auto transaction = destination.begin();
  if (!transaction) return text_of(transaction.error());
  const ApplyPlan plan = changes_plan();
  if (const auto prepared = (*transaction)->prepare_table(plan); !prepared) return text_of(prepared.error());
  if (const auto counts = (*transaction)->apply(plan, slice_of(plan, chunk_rows(chunk))); !counts) return text_of(counts.error());
  if (const Status put = (*transaction)->put_state(kOwner, "offset", std::to_string(chunk)); !put) return text_of(put.error());
  if (const Status committed = (*transaction)->commit(); !committed) return text_of(committed.error());
  return "";
}

int committed_chunks(Destination& destination) {
  const auto offset = destination.find_state(kOwner, "offset");
  return offset && *offset ? std::stoi(**offset) : 0;
}

class DurabilityTest : public DuckDbTest {
 protected:
  // The rows are those of exactly the chunks that the state names.
  void expect_whole(Destination& destination) {
    const int chunks = committed_chunks(destination);
    if (chunks == 0) return;
    EXPECT_EQ(query_text(destination, "SELECT count(*), count(DISTINCT id), max(id // 100000), max(seq) FROM clinic.t"),
              fmt::format("{0} | {0} | {1} | {1}\n", chunks * kRowsOfAChunk + 1, chunks));
  }
};

TEST_F(DurabilityTest, KilledAtANamedInstant) {
  int chunk = 0;
  for (const char* point : {"apply.staged", "apply.applied", "commit.before", "commit.after"}) {
    ASSERT_EQ(commit_chunk(*open(), ++chunk), "");
    EXPECT_EQ(in_child([&] {
                const auto destination = open();
                deadly_point = point;
                return commit_chunk(*destination, chunk + 1);
              }),
              "killed by 9")
        << point;
    // One who only reads sees the log's commits, too.
    expect_whole(*open(true));
    const auto destination = open();
    EXPECT_EQ(committed_chunks(*destination), std::string_view(point) == "commit.after" ? chunk + 1 : chunk) << point;
    expect_whole(*destination);
    chunk = committed_chunks(*destination);
  }
}

TEST_F(DurabilityTest, TheFilesAreTheirOwnersAlone) {
  const mode_t before = umask(0);
  const auto mode_of = [&](const std::string& name) {
    struct stat found{};
    return stat(name.c_str(), &found) == 0 ? found.st_mode & 0777U : 0U;
  };
  for (int opening = 1; opening <= 2; ++opening) {
    const auto destination = open();
    EXPECT_EQ(commit_chunk(*destination, opening), "");
    EXPECT_EQ(mode_of(path()), 0600U);
    EXPECT_EQ(mode_of(path() + ".wal"), 0600U);
    EXPECT_EQ(mode_of(path() + ".tmp"), 0700U);
  }
  umask(before);
  EXPECT_FALSE(std::filesystem::exists(path() + ".wal"));
  EXPECT_FALSE(std::filesystem::exists(path() + ".tmp"));
}

TEST_F(DurabilityTest, WhatAKilledProcessLeftInItsFolderIsRemoved) {
  std::filesystem::create_directories(path() + ".tmp/left");
  std::ofstream(path() + ".tmp/left/duckdb_temp_storage") << "a patient's data";
  const auto destination = open();
  EXPECT_FALSE(std::filesystem::exists(path() + ".tmp/left"));
}

}  // namespace
}  // namespace testing
}  // namespace lakeflow
