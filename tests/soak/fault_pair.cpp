#include "tests/soak/fault_pair.h"

#include <fmt/format.h>

#include <fstream>

namespace lakeflow::test {
namespace {

constexpr const char* kDuckdb = "kind: duckdb, path: clinic.duckdb";
// Small files and short ages: each commit publishes.
constexpr const char* kLake = "kind: parquet, path: lake, file_bytes: 1kb, file_age: 1s";

}  // namespace

const std::vector<FaultPair>& fault_pairs() {
  static const std::vector<FaultPair> pairs = {
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
  return pairs;
}

std::vector<std::string> FaultPair::columns_of_the_reading() const {
  return is_snapshot && keeps_history ? std::vector<std::string>{"__START_AT", "__END_AT"} : std::vector<std::string>();
}

void FaultPair::write_pipeline(const std::filesystem::path& folder, std::uint64_t length) const {
  std::ofstream(folder / "clinic.yaml") << "name: clinic\nconnection:\n  connector: memory\n  options:\n"
                                        << "    {seed: 5, keys: 25, ties: 3, bad_per_mille: 60, odd_per_mille: 20,\n"
                                        << fmt::format("     length: {0}, grow_by_call: 0, grow_to: {0},\n", length)
                                        << "     records_per_call: 20, records_per_offset: 10, records_per_state: 20}\n"
                                        << fmt::format("destination: {{{}}}\n", destination)
                                        << "settings: {chunk_rows: 20, error_handling: dead_letter, threads: 2}\nobjects:\n"
                                        << fmt::format("  - table: {{source_table: {}, table_configuration: {{{}}}}}\n", table, configuration);
}

}  // namespace lakeflow::test
