// The machine's clock is set back by an hour: nothing is lost, doubled or put out of order, and nothing waits for that hour to pass again.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/command_line/process.h"
#include "tests/kill/landed_tables.h"

namespace lakeflow::test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
namespace fs = std::filesystem;

constexpr int kAnHourBack = -3600;

// A folder, and processes whose clock is off.
class ClockWorld {
 public:
  ClockWorld() {
    std::string pattern = (fs::temp_directory_path() / "lakeflow_clock_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    set_clock(0);
  }
  ~ClockWorld() { fs::remove_all(folder_); }
  ClockWorld(const ClockWorld&) = delete;
  ClockWorld& operator=(const ClockWorld&) = delete;

  const fs::path& folder() const { return folder_; }

  // As a whole: no process reads half a number.
  void set_clock(int seconds_off) {
    std::ofstream(folder_ / "clock.new") << seconds_off << "\n";
    fs::rename(folder_ / "clock.new", folder_ / "clock");
  }

  std::unique_ptr<Process> start(const std::string& command) {
    return std::make_unique<Process>("LD_PRELOAD=" LAKEFLOW_CLOCK_SHIM " exec setpriv --pdeathsig KILL " + command, folder_,
                                     std::map<std::string, std::string>{{"LAKEFLOW_CLOCK_OFF_BY", (folder_ / "clock").string()}},
                                     folder_ / fmt::format("process_{}", ++started_));
  }
  void run(const std::string& command) {
    const std::unique_ptr<Process> process = start(command);
    EXPECT_EQ(process->wait(60s), 0) << process->output() << process->messages();
  }
  std::string output_of(const std::string& command) {
    const std::unique_ptr<Process> process = start(command);
    process->wait(60s);
    return process->output();
  }

 private:
  fs::path folder_;
  int started_ = 0;
};

bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(100ms);
  }
  return true;
}

// Every kind of table, with history where there can be one; `length` entries of each log.
void write_memory_pipeline(const fs::path& folder, int length) {
  std::ofstream(folder / "clinic.yaml") << "name: clinic\nconnection:\n  connector: memory\n"
                                        << "  options:\n    {seed: 5, keys: 40, ties: 3, bad_per_mille: 0, odd_per_mille: 0,\n"
                                        << fmt::format("     length: {0}, grow_by_call: 0, grow_to: {0},\n", length)
                                        << "     records_per_call: 30, records_per_offset: 20, records_per_state: 50}" << R"(
destination: {kind: duckdb, path: clinic.duckdb}
settings: {chunk_rows: 100}
objects:
  - table: {source_table: events}
  - table: {source_table: patients}
  - table: {source_table: orders, table_configuration: {scd_type: SCD_TYPE_2}}
  - table: {source_table: wards, table_configuration: {scd_type: SCD_TYPE_2}}
)";
}

LandedTables open_tables(const fs::path& folder, std::vector<std::string> but_columns) {
  auto tables = LandedTables::open(folder, std::move(but_columns));
  if (!tables) {
    ADD_FAILURE() << tables.error().message();
    std::abort();
  }
  return *std::move(tables);
}

TEST(ClockSetBack, BetweenRunsHistoryKeepsItsOrder) {
  ClockWorld steady;
  ClockWorld set_back;
  int length = 0;
  for (const int seconds_off : {0, kAnHourBack, 0}) {
    length += 300;
    for (ClockWorld* world : {&steady, &set_back}) {
      write_memory_pipeline(world->folder(), length);
      if (world == &set_back) world->set_clock(seconds_off);
      world->run(LAKEFLOW_CLOCK_SUBJECT " clinic.yaml");
    }
  }
  {
    const LandedTables expected = open_tables(steady.folder(), {});
    const LandedTables landed = open_tables(set_back.folder(), {});
    for (const std::string table : {"events", "patients", "orders"}) {
      EXPECT_EQ(landed.first_difference(expected, table), "") << table;
      EXPECT_FALSE(landed.rows(table).empty()) << table;
    }
  }
  // A snapshot's versions begin and end with runs, whose times are those of the clock.
  const LandedTables expected = open_tables(steady.folder(), {"__START_AT", "__END_AT"});
  const LandedTables landed = open_tables(set_back.folder(), {"__START_AT", "__END_AT"});
  EXPECT_EQ(landed.first_difference(expected, "wards"), "");
  EXPECT_EQ(landed.rows("wards", "\"__END_AT\" IS NULL"), expected.rows("wards", "\"__END_AT\" IS NULL"));
  EXPECT_FALSE(landed.rows("wards", "\"__END_AT\" IS NOT NULL").empty());
  EXPECT_THAT(landed.rows("wards", "\"__END_AT\" <= \"__START_AT\""), IsEmpty()) << "versions that end before they began";
}

std::string message(int number) {
  return fmt::format("MSH|^~\\&|LAB|EAST|EHR|EAST|20240501080000||ADT^A01^ADT_A01|M{}|P|2.5.1\rPID|1||P1^^^EAST^MR||Family^Given||19700101|F\r",
                     number);
}

TEST(ClockSetBack, UnderAContinuousIngestNothingWaitsForTheHour) {
  ClockWorld world;
  const fs::path inbox = world.folder() / "inbox";
  fs::create_directory(inbox);
  const std::string lakeflow = LAKEFLOW_BINARY_DIR "/bin/lakeflow";
  std::ofstream(world.folder() / "lake.yaml") << R"(name: lake
connection: {connector: healthcare, options: {storage_path: inbox, file_quiet_seconds: 300ms}}
destination: {kind: parquet, path: lake, file_age: 1s}
settings: {interval: 300ms, jitter: 0%}
objects:
  - table: {source_table: adt_messages}
)";
  int messages = 0;
  // A file whose time of change is that of a clock which is off by so much.
  const auto arrive = [&](int seconds_off) {
    const fs::path file = inbox / fmt::format("{}.hl7", ++messages);
    std::ofstream(file.string() + ".part", std::ios::binary) << message(messages);
    fs::last_write_time(file.string() + ".part", fs::file_time_type::clock::now() + std::chrono::seconds(seconds_off));
    fs::rename(file.string() + ".part", file);
  };
  const auto landed = [&] {
    return world.output_of(lakeflow +
                           " query lake.yaml \"SELECT count(*) || ' of ' || count(DISTINCT message_control_id) FROM main.adt_messages\" --csv");
  };
  const auto all_landed = [&] { return landed().ends_with(fmt::format("\n{0} of {0}\n", messages)); };

  // What those see who list the table's folder.
  const auto published = [&] {
    std::error_code none_yet;
    return std::distance(fs::directory_iterator(world.folder() / "lake" / "main" / "adt_messages", none_yet), fs::directory_iterator());
  };

  const std::unique_ptr<Process> process = world.start(lakeflow + " ingest lake.yaml --continuous");
  arrive(0);
  EXPECT_TRUE(comes_true(all_landed)) << landed() << process->messages();
  for (const int seconds_off : {kAnHourBack, 2 * kAnHourBack, 0}) {
    const std::ptrdiff_t published_before = published();
    arrive(seconds_off - kAnHourBack);  // just before the clock was set
    world.set_clock(seconds_off);
    arrive(seconds_off);
    EXPECT_TRUE(comes_true(all_landed)) << "the clock is off by " << seconds_off << ": " << landed() << process->messages();
    EXPECT_TRUE(comes_true([&] { return world.output_of(lakeflow + " health lake.yaml") == "healthy\n"; }));
    EXPECT_TRUE(comes_true([&] { return published() > published_before; })) << "the clock is off by " << seconds_off;
  }
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(10s), 130) << process->messages();
  EXPECT_THAT(process->messages(), MatchesRegex("stopping\nstopped after [0-9]+ runs\n")) << "a clear message, or none where nothing is wrong";
  world.set_clock(kAnHourBack);
  arrive(kAnHourBack);
  world.run(lakeflow + " ingest lake.yaml");
  EXPECT_TRUE(all_landed()) << landed();
}

}  // namespace
}  // namespace lakeflow::test
