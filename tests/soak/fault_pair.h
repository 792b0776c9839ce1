#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow::test {

// Of RunKind::kNewColumn.
inline constexpr std::string_view kLaterColumn = "tags";

// What the run that meets the faults does, beside reading on.
enum class RunKind {
  kIngest,
  kFullRefresh,
  kNewColumn,  // the source's tables have a column that the earlier run did not know
};

// A destination and a kind of table that it takes.
struct FaultPair {
  std::string name;
  std::string destination;  // the pipeline's `destination`
  std::string table;        // of the source in memory
  std::string configuration = {};
  bool is_snapshot = false;
  bool keeps_history = false;
  RunKind run = RunKind::kIngest;

  bool is_lake() const { return destination.starts_with("kind: parquet"); }
  // Columns that are another time in each run: they are not compared.
  std::vector<std::string> columns_of_the_reading() const;
  // Whether each run puts what it can't read into quarantine anew.
  bool reads_all_again() const { return is_snapshot || run == RunKind::kFullRefresh; }

  // Writes folder/clinic.yaml for the earlier run, or for the one that meets the faults, when the source has grown.
  void write_earlier_pipeline(const std::filesystem::path& folder) const;
  void write_pipeline(const std::filesystem::path& folder) const;
};

// Every pair that is accepted; then some of them again with the other kinds of runs.
const std::vector<FaultPair>& fault_pairs();

}  // namespace lakeflow::test
