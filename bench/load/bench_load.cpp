// Loading into DuckDB: our transactions against DuckDB alone, with the same batches and the same commits, in turns. Each time is
// from opening the file to closing it, with the checkpoint.
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/load/bare_duckdb.h"
#include "bench/load/generated_rows.h"
#include "destinations/duckdb/duckdb_destination.h"

namespace lakeflow::bench {
namespace {

struct Shape {
  std::string name;
  ApplyPlan plan;
  std::int64_t rows;
  std::int64_t batch_rows;
  std::int64_t commit_rows;
};

struct Load {
  std::vector<ChangeSlice> first;    // every row once
  std::vector<ChangeSlice> changes;  // a tenth of them, newer
  std::int64_t slices_per_commit;
};

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{}\n{}\n", error.message(), error.next_step());
  std::exit(1);
}

void check(const Status& status) {
  if (!status) stop(status.error());
}

std::int64_t rows_of(const std::vector<ChangeSlice>& slices) {
  std::int64_t rows = 0;
  for (const ChangeSlice& slice : slices) rows += slice.rows->num_rows();
  return rows;
}

void remove(const std::string& path) {
  for (const char* suffix : {"", ".wal", ".tmp"}) std::filesystem::remove_all(path + suffix);
}

void bare_append(const std::string& path, const Shape& shape, const Load& load) {
  BareDuckDb bare(path, shape.plan);
  for (std::size_t i = 0; i < load.first.size(); ++i) {
    if (i % static_cast<std::size_t>(load.slices_per_commit) == 0) bare.execute("BEGIN");
    bare.append(*load.first[i].rows);
    if ((i + 1) % static_cast<std::size_t>(load.slices_per_commit) == 0 || i + 1 == load.first.size()) {
      bare.flush();
      bare.execute("COMMIT");
    }
  }
}

void bare_merge(const std::string& path, const Shape& shape, const Load& load) {
  BareDuckDb bare(path, shape.plan);
  bare.execute("BEGIN");
  for (const ChangeSlice& slice : load.changes) bare.merge(*slice.rows);
  bare.execute("COMMIT");
}

void apply(const std::string& path, const ApplyPlan& plan, const std::vector<ChangeSlice>& slices, std::size_t slices_per_commit) {
  auto destination = open_duckdb({.path = path, .memory_limit = 0, .read_only = false});
  if (!destination) stop(destination.error());
  std::unique_ptr<Transaction> transaction;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (!transaction) {
      auto begun = (*destination)->begin();
      if (!begun) stop(begun.error());
      transaction = *std::move(begun);
      check(transaction->prepare_table(plan));
    }
    const Result<ApplyCounts> counts = transaction->apply(plan, slices[i]);
    if (!counts) stop(counts.error());
    if ((i + 1) % slices_per_commit == 0 || i + 1 == slices.size()) {
      check(transaction->commit());
      transaction.reset();
    }
  }
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int leaves(const arrow::DataType& type) {
  int count = type.num_fields() == 0 ? 1 : 0;
  for (const auto& member : type.fields()) count += leaves(*member->type());
  return count;
}

void measure(const Shape& shape, const std::filesystem::path& folder, int rounds) {
  Load load;
  load.slices_per_commit = std::max<std::int64_t>(1, shape.commit_rows / shape.batch_rows);
  for (std::int64_t first = 0; first < shape.rows; first += shape.batch_rows) {
    load.first.push_back(make_slice(shape.plan, first, std::min(shape.batch_rows, shape.rows - first), 1));
  }
  // The changes come in batches of the same size, each from all over the table.
  const std::int64_t span = shape.batch_rows * 10;
  for (std::int64_t first = 0; first < shape.rows; first += span) {
    load.changes.push_back(make_slice(shape.plan, first, std::min(span, shape.rows - first), 2, 10));
  }
  ApplyPlan append = shape.plan;
  append.mode = ApplyMode::kAppend;
  const auto whole = static_cast<std::size_t>(load.slices_per_commit);

  std::map<std::string, std::vector<double>> times;
  for (int round = 0; round < rounds; ++round) {
    const auto path = [&](const char* name) { return (folder / fmt::format("{}-{}.duckdb", shape.name, name)).string(); };
    for (const char* name : {"bare", "append", "changes"}) remove(path(name));
    times["bare append"].push_back(seconds_of([&] { bare_append(path("bare"), shape, load); }));
    times["append"].push_back(seconds_of([&] { apply(path("append"), append, load.first, whole); }));
    times["first load of changes"].push_back(seconds_of([&] { apply(path("changes"), shape.plan, load.first, whole); }));
    times["bare MERGE"].push_back(seconds_of([&] { bare_merge(path("bare"), shape, load); }));
    times["changes of 10 %"].push_back(seconds_of([&] { apply(path("changes"), shape.plan, load.changes, load.changes.size()); }));
  }
  int columns = 0;
  for (const auto& field : shape.plan.schema->fields()) columns += leaves(*field->type());
  fmt::print("{}: {} rows, {} leaf columns, batches of {}, commits of {}; median of {}\n", shape.name, shape.rows, columns, shape.batch_rows,
             shape.commit_rows, rounds);
  const auto line = [&](const char* name, const char* yardstick, std::int64_t rows) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < times[name].size(); ++i) ratios.push_back(times[yardstick][i] / times[name][i]);
    fmt::print("  {:24} {:9.0f} rows/s  {:6.2f} s  {:4.2f} × {}\n", name, static_cast<double>(rows) / median(times[name]), median(times[name]),
               median(ratios), yardstick);
  };
  const std::int64_t changed = rows_of(load.changes);
  line("bare append", "bare append", shape.rows);
  line("append", "bare append", shape.rows);
  line("first load of changes", "bare append", shape.rows);
  line("bare MERGE", "bare MERGE", changed);
  line("changes of 10 %", "bare MERGE", changed);
}

}  // namespace
}  // namespace lakeflow::bench

int main(int argc, char** argv) {
  CLI::App app("Rows per second into a DuckDB file, against DuckDB alone");
  std::int64_t narrow_rows = 1'000'000, wide_rows = 40'000;
  int rounds = 3;
  std::string folder;
  app.add_option("--narrow-rows", narrow_rows, "Rows of the table of 10 columns; 0 leaves it out");
  app.add_option("--wide-rows", wide_rows, "Rows of the table of 700 nested columns; 0 leaves it out");
  app.add_option("--rounds", rounds, "How often each is done, in turns")->check(CLI::PositiveNumber);
  app.add_option("--folder", folder, "Where the database files are made, and removed after");
  CLI11_PARSE(app, argc, argv);
  std::string made =
      (std::filesystem::path(folder.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(folder)) / "lakeflow-bench-XXXXXX")
          .string();
  if (mkdtemp(made.data()) == nullptr) {
    fmt::print(stderr, "no folder can be made at {}\n", made);
    return 2;
  }
  using namespace lakeflow::bench;
  if (narrow_rows > 0) measure({"narrow", narrow_plan(), narrow_rows, 20'000, 100'000}, made, rounds);
  if (wide_rows > 0) measure({"wide", wide_plan(), wide_rows, 2'000, 20'000}, made, rounds);
  std::filesystem::remove_all(made);
  return 0;
}
