#include "tests/soak/fault_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

namespace lakeflow::test {
namespace {

constexpr const char* kDuckdb = "kind: duckdb, path: clinic.duckdb";
// Small files and short ages: each commit publishes.
constexpr const char* kLake = "kind: parquet, path: lake, file_bytes: 1kb, file_age: 1s";

// A chunk and what is less than one: the fewest calls that hold each kind of them.
constexpr int kChunkRows = 16;
constexpr int kEarlierLength = 10;
constexpr int kLength = 34;

std::vector<FaultPair> accepted() {
  return {
      {.name = "duckdb_append", .destination = kDuckdb, .table = "events"},
      {.name = "duckdb_cdc_type_1", .destination = kDuckdb, .table = "patients"},
      {.name = "duckdb_cdc_type_2", .destination = kDuckdb, .table = "patients", .configuration = "scd_type: SCD_TYPE_2", .keeps_history = true},
      {.name = "duckdb_cdc_append_only", .destination = kDuckdb, .table = "patients", .configuration = "scd_type: APPEND_ONLY"},
      {.name = "duckdb_cdc_with_deletes_type_1", .destination = kDuckdb, .table = "orders"},
      {.name = "duckdb_cdc_with_deletes_type_2",
       .destination = kDuckdb,
       .table = "orders",
       .configuration = "scd_type: SCD_TYPE_2",
       .keeps_history = true},
      {.name = "duckdb_snapshot_type_1", .destination = kDuckdb, .table = "wards", .is_snapshot = true},
      {.name = "duckdb_snapshot_type_2",
       .destination = kDuckdb,
       .table = "wards",
       .configuration = "scd_type: SCD_TYPE_2",
       .is_snapshot = true,
       .keeps_history = true},
      {.name = "parquet_append", .destination = kLake, .table = "events"},
      {.name = "parquet_cdc_append_only", .destination = kLake, .table = "patients", .configuration = "scd_type: APPEND_ONLY"},
  };
}

FaultPair with_run(const std::vector<FaultPair>& pairs, std::string_view name, RunKind run, std::string_view suffix) {
  FaultPair pair = *std::ranges::find(pairs, name, &FaultPair::name);
  pair.name += suffix;
  pair.run = run;
  return pair;
}

void write(const FaultPair& pair, const std::filesystem::path& folder, int length, const std::string& without) {
  std::ofstream(folder / "clinic.yaml") << "name: clinic\nconnection:\n  connector: memory\n  options:\n"
                                        << "    {seed: 5, keys: 12, ties: 3, bad_per_mille: 120, odd_per_mille: 60,\n"
                                        << fmt::format("     length: {0}, grow_by_call: 0, grow_to: {0}{1},\n", length, without)
                                        << "     records_per_call: 8, records_per_offset: 4, records_per_state: 8}\n"
                                        << fmt::format("destination: {{{}}}\n", pair.destination)
                                        << fmt::format("settings: {{chunk_rows: {}, error_handling: dead_letter, threads: 2}}\n", kChunkRows)
                                        << fmt::format("objects:\n  - table: {{source_table: {}, table_configuration: {{{}}}}}\n", pair.table,
                                                       pair.configuration);
}

}  // namespace

const std::vector<FaultPair>& fault_pairs() {
  static const std::vector<FaultPair> all = [] {
    const std::vector<FaultPair> pairs = accepted();
    std::vector<FaultPair> runs = pairs;
    for (const char* name : {"duckdb_append", "duckdb_cdc_type_2", "parquet_append"}) {
      runs.push_back(with_run(pairs, name, RunKind::kFullRefresh, "_full_refresh"));
      runs.push_back(with_run(pairs, name, RunKind::kNewColumn, "_new_column"));
    }
    return runs;
  }();
  return all;
}

std::vector<std::string> FaultPair::columns_of_the_reading() const {
  return is_snapshot && keeps_history ? std::vector<std::string>{"__START_AT", "__END_AT"} : std::vector<std::string>();
}

void FaultPair::write_earlier_pipeline(const std::filesystem::path& folder) const {
  write(*this, folder, kEarlierLength, run == RunKind::kNewColumn ? fmt::format(", without: {}", kLaterColumn) : "");
}

void FaultPair::write_pipeline(const std::filesystem::path& folder) const { write(*this, folder, kLength, ""); }

}  // namespace lakeflow::test
