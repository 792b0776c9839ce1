// Continuous ingests of a source that changes all the time: killed at random moments, and left alone. LAKEFLOW_SOAK lets each last half an hour,
// LAKEFLOW_ENDURANCE_SECONDS so long; without, they last some seconds, and memory is not judged. LAKEFLOW_ENDURANCE_BIN takes the command from
// another folder.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "tests/endurance/changing_source.h"
#include "tests/endurance/landed_truth.h"
#include "tests/endurance/process_usage.h"
#include "tests/endurance/world.h"

namespace lakeflow::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Processes = std::map<std::string, std::unique_ptr<Process>>;

constexpr std::chrono::seconds kHalfAnHour = 30min;
constexpr std::chrono::seconds kQuick = 5s;
constexpr std::chrono::seconds kLongEnoughToJudgeMemory = 10min;

std::chrono::seconds duration() {
  if (const char* asked = std::getenv("LAKEFLOW_ENDURANCE_SECONDS"); asked != nullptr) return std::chrono::seconds(std::strtoull(asked, nullptr, 10));
  return std::getenv("LAKEFLOW_SOAK") != nullptr ? kHalfAnHour : kQuick;
}

Processes start_all(World& world) {
  Processes processes;
  for (const std::string& pipeline : World::pipelines()) processes[pipeline] = world.start_continuous(pipeline);
  return processes;
}

// It prints a line then.
void wait_for_first_run(const Process& process) {
  constexpr std::chrono::seconds kAtMost = 60s;
  for (const auto end = Clock::now() + kAtMost; Clock::now() < end && process.output().empty();) {
    std::this_thread::sleep_for(20ms);
  }
}

// The source has stopped and no ingest runs: one more run each, and the tables are the source's.
void expect_truth_after_one_more_run(World& world, const ChangingSource& source) {
  EXPECT_EQ(source.failures(), std::vector<std::string>());
  std::printf("the source changed %llu resources and wrote %zu messages\n", static_cast<unsigned long long>(source.changes()),
              source.messages().size());
  for (const std::string& pipeline : World::pipelines()) {
    world.run(fmt::format("ingest {}.yaml", pipeline));
    expect_truth(world, pipeline, source);
  }
}

TEST(Endurance, KilledAtRandomMomentsItLosesAndDoublesNothing) {
  World world;
  ChangingSource source(world.fhir_base_url(), world.inbox(), 1);
  source.start();
  Processes processes = start_all(world);
  std::mt19937_64 dice(2);
  std::uniform_int_distribution<int> milliseconds(20, 4'000);
  std::uniform_int_distribution<std::size_t> which(0, World::pipelines().size() - 1);
  std::map<std::string, int> kills;
  const auto end = Clock::now() + duration();
  while (Clock::now() < end) {
    const std::string& pipeline = World::pipelines()[which(dice)];
    std::unique_ptr<Process>& process = processes[pipeline];
    // Any moment: in half of the cases counted from the end of its first run, so that a slow machine gets on, too.
    if (dice() % 2 == 0) wait_for_first_run(*process);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(dice)));
    process->signal(SIGKILL);
    ASSERT_EQ(process->wait(10s), 128 + SIGKILL) << "it had ended by itself:\n" << process->messages();
    process = world.start_continuous(pipeline);
    ++kills[pipeline];
  }
  source.stop();
  processes.clear();  // kills them
  std::printf("killed %d times into DuckDB, %d times into Parquet\n", kills["clinic"], kills["lake"]);
  expect_truth_after_one_more_run(world, source);
}

// Flat: at the end no more than after the warm-up, but for a tenth and what allocators and caches need to settle.
void expect_flat(const std::string& pipeline, std::span<const ProcessUsage> samples) {
  constexpr double kSettling = 16;
  const Drift memory = drift(samples, &ProcessUsage::resident_megabytes);
  const Drift handles = drift(samples, &ProcessUsage::handles);
  const Drift threads = drift(samples, &ProcessUsage::threads);
  std::printf("%-8s medians of the second sixth and of the last third: %.0f and %.0f MB, %.0f and %.0f handles, %.0f and %.0f threads\n",
              pipeline.c_str(), memory.early, memory.late, handles.early, handles.late, threads.early, threads.late);
  if (duration() < kLongEnoughToJudgeMemory) return;
  EXPECT_LE(memory.late, memory.early * 1.1 + kSettling) << pipeline;
  EXPECT_LE(handles.late, handles.early) << pipeline;
  EXPECT_LE(threads.late, threads.early + 1) << pipeline << ": within a run one more than between runs";
}

TEST(Endurance, LeftAloneItTakesNoMoreAndMoreOfTheMachine) {
  World world;
  ChangingSource source(world.fhir_base_url(), world.inbox(), 3);
  source.start();
  Processes processes = start_all(world);
  std::map<std::string, std::vector<ProcessUsage>> samples;
  const auto began = Clock::now();
  const std::chrono::milliseconds period = duration() < kLongEnoughToJudgeMemory ? std::chrono::milliseconds(duration()) / 10 : 10s;
  std::printf("seconds");
  for (const std::string& pipeline : World::pipelines()) std::printf(" | %-6s MB handles threads", pipeline.c_str());
  std::printf("\n");
  for (auto next = began + period; next <= began + duration(); next += period) {
    std::this_thread::sleep_until(next);
    std::printf("%7lld", static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(next - began).count()));
    for (const auto& [pipeline, process] : processes) {
      const std::optional<ProcessUsage> usage = read_usage(process->id());
      ASSERT_TRUE(usage) << pipeline << " has ended: " << process->messages();
      samples[pipeline].push_back(*usage);
      std::printf(" | %9.0f %7.0f %7.0f", usage->resident_megabytes, usage->handles, usage->threads);
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  for (auto& [pipeline, process] : processes) {
    EXPECT_EQ(world.run(fmt::format("health {}.yaml", pipeline)), 0);
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(10s), 130) << process->messages();
    expect_flat(pipeline, samples[pipeline]);
  }
  source.stop();
  expect_truth_after_one_more_run(world, source);
}

}  // namespace
}  // namespace lakeflow::test
