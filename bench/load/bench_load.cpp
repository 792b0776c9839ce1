// bench_load: loading into DuckDB, our whole way from decoded batches (planning, keys, hashes, the transaction) against DuckDB
// alone with the same rows, batches and commits, in turns. Each time is from opening the file to closing it, with the checkpoint.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/load/bare_duckdb.h"
#include "bench/load/load_input.h"
#include "bench/measurement/leaf_columns.h"
#include "bench/measurement/spent_time.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "engine/ingest/slice_buffer.h"

namespace lakeflow::bench {
namespace {

constexpr double kGoal = 0.5;
constexpr std::int64_t kMemoryLimit = std::int64_t{1} << 30;

struct Settings {
  std::string folder;
  std::string working_folder = std::filesystem::temp_directory_path();
  std::size_t megabytes = 32;
  std::size_t commit_megabytes = 16;
  int rounds = 3;
  std::vector<std::string> tables = {"Patient", "Observation", "Claim", "narrow"};
  bool json = false;
  bool raw_json = true;
  std::size_t widest_plain_table = kWidestPlainTable;

  std::size_t commit_bytes() const { return commit_megabytes * 1'000'000; }
};

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "bench_load: {}\n{}\n", error.message(), error.next_step());
  std::exit(exit_code(error.kind()));
}

template <typename Value>
Value must(Result<Value> result) {
  if (!result) stop(result.error());
  return *std::move(result);
}

void check(const Status& status) {
  if (!status) stop(status.error());
}

// Calls `add` with each batch and `commit` where so many bytes of raw records have come, and at the end.
template <typename Add, typename Commit>
void in_commits(const std::vector<DecodedBatch>& batches, std::size_t commit_bytes, Add&& add, Commit&& commit) {
  std::size_t bytes = 0;
  for (const DecodedBatch& batch : batches) {
    add(batch);
    bytes += batch.raw.bytes_read;
    if (bytes >= commit_bytes || &batch == &batches.back()) {
      commit();
      bytes = 0;
    }
  }
}

void append_bare(const std::string& path, const LoadInput& input, std::size_t commit_bytes) {
  BareDuckDb bare(path, kMemoryLimit, input.changes.apply_plan());
  bare.execute("BEGIN");
  in_commits(
      input.first, commit_bytes, [&](const DecodedBatch& batch) { bare.append(*batch.prepared.rows); },
      [&] {
        bare.flush();
        bare.execute("COMMIT");
        bare.execute("BEGIN");
      });
  bare.execute("COMMIT");
}

void merge_bare(const std::string& path, const LoadInput& input) {
  BareDuckDb bare(path, kMemoryLimit, input.changes.apply_plan());
  bare.execute("BEGIN");
  for (const DecodedBatch& batch : input.changed) {
    bare.stage(*batch.prepared.rows);
  }
  bare.merge_staged();
  bare.execute("COMMIT");
}

// What the engine does with decoded batches: prepares them, joins them to slices, applies these and commits.
void load(const std::string& path, const TablePlan& plan, const std::vector<DecodedBatch>& batches, std::size_t commit_bytes,
          std::size_t widest_plain_table) {
  const auto destination = must(open_duckdb({.path = path, .memory_limit = kMemoryLimit, .widest_plain_table = widest_plain_table}));
  std::unique_ptr<Transaction> transaction;
  SliceBuffer waiting(1);
  const auto apply = [&] { must(transaction->apply(plan.apply_plan(), must(waiting.take(0)))); };
  in_commits(
      batches, commit_bytes,
      [&](const DecodedBatch& batch) {
        if (!transaction) {
          transaction = must(destination->begin());
          must(transaction->prepare_table(plan.apply_plan()));
        }
        waiting.add(0, must(plan.prepare(batch.table, batch.raw, {.run_id = "bench", .started_at = 0})).slice);
        if (waiting.full()) {
          apply();
        }
      },
      [&] {
        if (waiting.holds(0)) {
          apply();
        }
        check(transaction->commit());
        transaction.reset();
      });
}

// The works, in the order in which they take turns.
constexpr const char* kBareAppend = "bare append";
constexpr const char* kAppend = "append";
constexpr const char* kFirstLoad = "first load, by key";
constexpr const char* kBareMerge = "bare MERGE INTO";
constexpr const char* kChanges = "changes of 10 %";
constexpr const char* kFirstHistory = "first, with history";
constexpr const char* kHistoryChanges = "10 % with history";

class Report {
 public:
  explicit Report(bool as_json) : as_json_(as_json) {}

  void table(const std::string& name, const LoadInput& input, const Settings& settings) {
    if (!as_json_) {
      fmt::print("{}: {} rows, {} leaf columns, {} batches, commits of {} MB; median of {} rounds\n", name, rows_of(input.first),
                 leaf_columns(*input.changes.apply_plan().schema), input.first.size(), settings.commit_megabytes, settings.rounds);
      fmt::print("  {:20}{:>9}{:>9}{:>12}{:>7}{:>8}\n", "", "seconds", "CPU s", "rows/s", "ratio", "by CPU");
    }
  }

  // Ratios to the yardstick, of which a first load's counts for the goal.
  void line(const std::string& name, const char* work, const char* yardstick, std::size_t rows, const std::map<std::string, Rounds>& times) {
    const Rounds& spent = times.at(work);
    const double seconds = median(spent.wall);
    const double processor = median(spent.processor);
    const double rate = static_cast<double>(rows) / seconds;
    const double ratio = speed_ratio(times.at(yardstick).wall, spent.wall);
    const double by_processor = speed_ratio(times.at(yardstick).processor, spent.processor);
    if (as_json_) {
      fmt::print("{}\n", nlohmann::json({{"measured", "load"},
                                         {"table", name},
                                         {"work", work},
                                         {"yardstick", yardstick},
                                         {"rows", rows},
                                         {"seconds", seconds},
                                         {"processor_seconds", processor},
                                         {"rows_per_second", rate},
                                         {"ratio_wall", ratio},
                                         {"ratio_processor", by_processor}})
                             .dump());
    } else {
      fmt::print("  {:20}{:9.2f}{:9.2f}{:12.0f}{:7.2f}{:8.2f}  × {}\n", work, seconds, processor, rate, ratio, by_processor, yardstick);
    }
    std::fflush(stdout);
    if (yardstick == kBareAppend) {
      worst_ = std::min(worst_, ratio);
    }
  }

  void goal() const {
    if (!as_json_) {
      fmt::print("goal: each load at least {} × the bare append: {} (lowest {:.2f})\n", kGoal, worst_ >= kGoal ? "met" : "MISSED", worst_);
    }
  }

 private:
  bool as_json_;
  double worst_ = std::numeric_limits<double>::infinity();
};

void measure(const Shape& shape, const Settings& settings, const std::filesystem::path& folder, Report& report) {
  const LoadInput input = must(load_input(settings.folder, shape));
  const std::string bare = folder / "bare.duckdb";
  const std::string appended = folder / "appended.duckdb";
  const std::string changed = folder / "changed.duckdb";
  const std::string versions = folder / "versions.duckdb";
  const std::size_t commit = settings.commit_bytes();
  std::map<std::string, Rounds> times;
  for (int round = 0; round < settings.rounds; ++round) {
    times[kBareAppend].add(spent_by([&] { append_bare(bare, input, commit); }));
    times[kAppend].add(spent_by([&] { load(appended, input.append, input.first, commit, settings.widest_plain_table); }));
    times[kFirstLoad].add(spent_by([&] { load(changed, input.changes, input.first, commit, settings.widest_plain_table); }));
    times[kBareMerge].add(spent_by([&] { merge_bare(bare, input); }));
    times[kChanges].add(
        spent_by([&] { load(changed, input.changes, input.changed, std::numeric_limits<std::size_t>::max(), settings.widest_plain_table); }));
    times[kFirstHistory].add(spent_by([&] { load(versions, input.history, input.first, commit, settings.widest_plain_table); }));
    times[kHistoryChanges].add(
        spent_by([&] { load(versions, input.history, input.changed, std::numeric_limits<std::size_t>::max(), settings.widest_plain_table); }));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
  }
  report.table(shape.name, input, settings);
  const std::size_t rows = rows_of(input.first);
  const std::size_t changes = rows_of(input.changed);
  report.line(shape.name, kBareAppend, kBareAppend, rows, times);
  report.line(shape.name, kAppend, kBareAppend, rows, times);
  report.line(shape.name, kFirstLoad, kBareAppend, rows, times);
  report.line(shape.name, kBareMerge, kBareMerge, changes, times);
  report.line(shape.name, kChanges, kBareMerge, changes, times);
  report.line(shape.name, kFirstHistory, kFirstLoad, rows, times);
  report.line(shape.name, kHistoryChanges, kChanges, changes, times);
}

Shape shape_of(const std::string& name, std::size_t megabytes, bool raw_json) {
  if (name == "narrow") {  // what a laboratory's table has; five times the input, as its rows are small
    return {name, "Observation", 2, {"id", "meta", "status", "effectiveDateTime", "effectiveDateTime_utc", "issued"}, 5 * megabytes, raw_json};
  }
  return {name, name, 3, {}, megabytes, raw_json};
}

void run(const Settings& settings) {
  std::string folder = std::filesystem::path(settings.working_folder) / "lakeflow-bench-load-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    stop(Error::user("no folder can be made in " + settings.working_folder));
  }
  Report report(settings.json);
  for (const std::string& table : settings.tables) {
    measure(shape_of(table, settings.megabytes, settings.raw_json), settings, folder, report);
  }
  report.goal();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lakeflow::bench

int main(int argc, char** argv) {
  lakeflow::bench::Settings settings;
  CLI::App app("Rows per second into a DuckDB file, against DuckDB alone");
  app.add_option("folder", settings.folder, "Folder of Synthea's NDJSON files, one per resource type")->required();
  app.add_option("--table", settings.tables, "Resource types, at the default depth of 3; or narrow, six columns of Observation");
  app.add_option("--megabytes", settings.megabytes, "Size of each table's raw input");
  app.add_option("--commit-megabytes", settings.commit_megabytes, "Raw input of a transaction");
  app.add_option("--rounds", settings.rounds, "How often each is done, in turns")->check(CLI::PositiveNumber);
  app.add_option("--working-folder", settings.working_folder, "Where the database files are made, and removed after");
  app.add_flag("!--no-raw-json", settings.raw_json, "Tables without the column raw_json");
  app.add_option("--widest-plain-table", settings.widest_plain_table, "Leaf columns of the widest table that is not stored by what it holds");
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  lakeflow::bench::run(settings);
  return 0;
}
