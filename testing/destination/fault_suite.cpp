// A process that is killed at any step, or whose disk is full, leaves a transaction whole or not at all: rows and state alike.
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/kill_point.h"
#include "testing/destination/child_process.h"
#include "testing/destination/destination_suite.h"
#include "testing/destination/slice_text.h"

namespace {

// After so many passings of any kill point this process dies; only a child sets it.
int passings_to_live = -1;

}  // namespace

namespace lakeflow {

// In place of the product's empty one.
void kill_point(const char*) {
  if (passings_to_live > 0 && --passings_to_live == 0) ::raise(SIGKILL);
}

namespace testing {
namespace {

const StateOwner kOwner = {"clinic", "source", "clinic.t"};
const StateOwner kBuilding = {"clinic", "source", "clinic.t__refresh"};
constexpr int kRowsOfAChunk = 40;
constexpr int kMostPassings = 60;
constexpr const char* kKilled = "killed by 9";

ApplyPlan id_plan(const std::string& table = "t") {
  ApplyPlan plan;
  plan.target = {"clinic", table};
  plan.schema = arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  return plan;
}

std::string chunk_rows(int chunk, int rows = kRowsOfAChunk) {
  std::string json = "[";
  for (int row = 0; row < rows; ++row) json += fmt::format(R"({}{{"id":{},"text":"row {}"}})", row == 0 ? "" : ",", chunk * 100'000 + row, row);
  return json + "]";
}

// One chunk: its rows, and the state that says that they are there.
std::string commit_chunk(Destination& destination, int chunk, const std::string& table, const StateOwner& owner, int rows = kRowsOfAChunk) {
  const auto transaction = destination.begin();
  if (!transaction) return text_of(transaction.error());
  const ApplyPlan plan = id_plan(table);
  if (const auto prepared = (*transaction)->prepare_table(plan); !prepared) return text_of(prepared.error());
  if (const auto counts = (*transaction)->apply(plan, slice_of(plan, chunk_rows(chunk, rows))); !counts) return text_of(counts.error());
  if (const Status put = (*transaction)->put_state(owner, "offset", std::to_string(chunk)); !put) return text_of(put.error());
  if (const Status committed = (*transaction)->commit(); !committed) return text_of(committed.error());
  return "";
}

std::string commit_chunk(Destination& destination, int chunk) { return commit_chunk(destination, chunk, "t", kOwner); }

int committed_chunks(Destination& destination) {
  const auto offset = destination.find_state(kOwner, "offset");
  return offset && *offset ? std::stoi(**offset) : 0;
}

// "rows distinct highest-chunk".
std::string summary_of(int chunks) { return fmt::format("{0} | {0} | {1}\n", chunks * kRowsOfAChunk, chunks); }

constexpr const char* kSummary = "SELECT count(*), count(DISTINCT id), max(id // 100000) FROM clinic.t";

// The rows are those of exactly the chunks that the state names.
void expect_whole(Destination& destination, const std::string& when) {
  const int chunks = committed_chunks(destination);
  if (chunks > 0) {
    EXPECT_EQ(query_text(destination, kSummary), summary_of(chunks)) << when;
  }
}

// Nobody who lists the files sees a row twice, or a file that can't be read, at any instant.
void expect_listed_once(const DestinationSubject& subject, const std::filesystem::path& folder, const std::string& when) {
  if (!subject.listed_ids) return;
  std::set<std::string> ids;
  std::istringstream in(subject.listed_ids(folder));
  for (std::string id; std::getline(in, id);) EXPECT_TRUE(ids.insert(id).second) << id << " is listed twice, " << when;
}

TEST_P(DestinationFaults, KilledAtEachStepOfARun) {
  bool survived = false;
  for (int passings = 1; passings <= kMostPassings && !survived; ++passings) {
    int before = 0;
    {
      const auto destination = open();
      before = committed_chunks(*destination);
    }
    const std::string said = in_child([&]() -> std::string {
      passings_to_live = passings;
      const auto destination = open();
      for (int chunk = before + 1; chunk <= before + 2; ++chunk) {
        if (const std::string failed = commit_chunk(*destination, chunk); !failed.empty()) return failed;
      }
      return destination->close() ? "survived" : "not closed";
    });
    survived = said == "survived";
    const std::string when = fmt::format("killed at passing {}", passings);
    if (!survived) {
      ASSERT_EQ(said, kKilled) << when;
    }
    expect_listed_once(GetParam(), folder_, when);
    expect_whole(*open(true), when);
    const auto destination = open();
    expect_whole(*destination, when);
    const int chunks = committed_chunks(*destination);
    EXPECT_TRUE(chunks >= before && chunks <= before + 2) << when;
    ASSERT_TRUE(destination->close());
    expect_listed_once(GetParam(), folder_, when + ", opened and closed again");
  }
  EXPECT_TRUE(survived) << "there are more steps than were tried";
  if (GetParam().listed_ids) {
    const auto destination = open();
    const std::string listed = GetParam().listed_ids(folder_);
    EXPECT_EQ(std::ranges::count(listed, '\n'), committed_chunks(*destination) * kRowsOfAChunk) << "all that was committed is listed at the end";
  }
}

TEST_P(DestinationFaults, KilledAtEachStepOfAReplacement) {
  bool survived = false;
  for (int passings = 1; passings <= kMostPassings && !survived; ++passings) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove_all(entry.path(), ignored);
    ASSERT_EQ(in_child([&]() -> std::string {
                const auto destination = open();
                for (int chunk = 1; chunk <= 2; ++chunk) commit_chunk(*destination, chunk);
                std::ignore = destination->close();
                return "built";
              }),
              "built");
    const std::string said = in_child([&]() -> std::string {
      {
        const auto destination = open();
        for (int chunk = 1; chunk <= 3; ++chunk) commit_chunk(*destination, chunk, "t__refresh", kBuilding);
        std::ignore = destination->close();
      }
      const auto destination = open();
      commit_chunk(*destination, 4, "t__refresh", kBuilding);
      passings_to_live = passings;
      const auto transaction = destination->begin();
      if (!transaction) return text_of(transaction.error());
      if (const Status replaced = (*transaction)->replace_table({kBuilding, id_plan("t__refresh").target, kOwner, id_plan().target}); !replaced) {
        return text_of(replaced.error());
      }
      if (const Status committed = (*transaction)->commit(); !committed) return text_of(committed.error());
      return "survived";
    });
    survived = said == "survived";
    const std::string when = fmt::format("killed at passing {}", passings);
    if (!survived) {
      ASSERT_EQ(said, kKilled) << when;
    }
    if (GetParam().listed_ids) {
      const std::string listed = GetParam().listed_ids(folder_);
      const auto rows = std::ranges::count(listed, '\n');
      EXPECT_TRUE(rows == 2 * kRowsOfAChunk || rows == 4 * kRowsOfAChunk) << rows << " rows are listed, " << when;
    }
    expect_listed_once(GetParam(), folder_, when);
    expect_whole(*open(true), when);
    const auto destination = open();
    const int chunks = committed_chunks(*destination);
    EXPECT_TRUE(chunks == 2 || (chunks == 4 && passings > 1)) << when;
    if (survived) {
      EXPECT_EQ(chunks, 4);
    }
    expect_whole(*destination, when);
    if (GetParam().listed_ids) {
      EXPECT_EQ(std::ranges::count(GetParam().listed_ids(folder_), '\n'), chunks * kRowsOfAChunk) << when << ", opened again";
    }
  }
  EXPECT_TRUE(survived) << "there are more steps than were tried";
}

TEST_P(DestinationFaults, KilledAtAnyInstant) {
  std::mt19937 random(20240501);
  int chunks = 0;
  int progressed = 0;
  for (int round = 0; round < 10; ++round) {
    {
      WaitingChild writer([&](const auto& ready) {
        const auto destination = open();
        const int first = committed_chunks(*destination) + 1;
        std::jthread writing([&] {
          for (int chunk = first; commit_chunk(*destination, chunk).empty(); ++chunk) {
          }
        });
        ready("writing");
      });
      ASSERT_EQ(writer.said(), "writing");
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 150));
      expect_listed_once(GetParam(), folder_, "while it is written");
      writer.kill();
    }
    expect_listed_once(GetParam(), folder_, "killed");
    const auto destination = open();
    expect_whole(*destination, "killed");
    EXPECT_GE(committed_chunks(*destination), chunks);
    progressed += committed_chunks(*destination) > chunks;
    chunks = committed_chunks(*destination);
    ASSERT_TRUE(destination->close());
    expect_listed_once(GetParam(), folder_, "closed");
  }
  EXPECT_GT(progressed, 0);
}

TEST_P(DestinationFaults, AFullDiskLosesNothingThatWasCommitted) {
  const std::string said = in_child([&]() -> std::string {
    if (!mount_small_disk(folder_.string(), 8000)) return "not permitted";
    const std::string ballast = (folder_ / "ballast").string();
    std::ofstream(ballast) << std::string(2'500'000, 'x');
    int committed = 0;
    std::string failed;
    {
      const auto destination = open();
      while (failed.empty() && committed < 3000) {
        failed = commit_chunk(*destination, committed + 1, "t", kOwner, 2000);
        committed += failed.empty();
      }
      std::ignore = destination->close();  // which may find no room either
    }
    if (failed.find("the disk is full") == std::string::npos) return "it failed otherwise: " + failed;
    std::filesystem::remove(ballast);
    const auto destination = open();
    const int chunks = committed_chunks(*destination);
    // A commit that could not say that it is durable may be.
    if (chunks != committed && chunks != committed + 1) return fmt::format("{} chunks of {}", chunks, committed);
    if (query_text(*destination, "SELECT count(*) FROM clinic.t") != fmt::format("{}\n", chunks * 2000)) return "not whole";
    if (const std::string further = commit_chunk(*destination, chunks + 1, "t", kOwner, 2000); !further.empty()) return further;
    return "goes on";
  });
  if (said == "not permitted") GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(said, "goes on");
}

}  // namespace
}  // namespace testing
}  // namespace lakeflow
