#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lakeflow::test {

// A source under test, in the test's own process: it says what a run reads, and changes between and during the runs.
class KillSource {
 public:
  virtual ~KillSource() = default;

  // Source tables, which land in tables of the same names.
  virtual std::vector<std::string> tables() const = 0;
  // Tables that are read whole by each run: what is wrong in them goes to quarantine each time.
  virtual std::vector<std::string> snapshots() const { return {}; }
  // Columns that tell how a row was read (the number of a page) and not what it is.
  virtual std::vector<std::string> columns_of_the_reading() const { return {}; }
  // All its tables keep every version (SCD type 2).
  virtual bool keeps_history() const { return false; }
  // The state says where the source stands and nothing of how it was read there, so that it is the same after any reading.
  virtual bool has_canonical_state() const { return false; }
  // Some records can't become rows.
  virtual bool has_broken_records() const { return true; }

  // Writes the file of a pipeline that lands the tables in folder/clinic.duckdb, or in folder/lake, in an order that the seed chooses. The source
  // changes while it is read, and has changed since the last call.
  virtual void write_pipeline(const std::filesystem::path& folder, std::uint64_t seed) = 0;
  // The same of the source as it now is, which stays so.
  virtual void write_last_pipeline(const std::filesystem::path& folder) = 0;
};

std::unique_ptr<KillSource> make_memory_kill_source();
std::unique_ptr<KillSource> make_memory_kill_source_with_history();
std::unique_ptr<KillSource> make_hl7v2_kill_source();
std::unique_ptr<KillSource> make_hl7v2_kill_source_into_parquet();
std::unique_ptr<KillSource> make_fhir_kill_source();
std::unique_ptr<KillSource> make_fhir_kill_source_by_patient();

}  // namespace lakeflow::test
