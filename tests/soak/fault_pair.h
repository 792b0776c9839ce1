#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lakeflow::test {

// A destination and a kind of table that it takes.
struct FaultPair {
  std::string name;
  std::string destination;  // the pipeline's `destination`
  std::string table;        // of the source in memory
  std::string configuration = {};
  bool is_snapshot = false;
  bool keeps_history = false;

  bool is_lake() const { return destination.starts_with("kind: parquet"); }
  // Columns that are another time in each run: they are not compared.
  std::vector<std::string> columns_of_the_reading() const;

  // Writes folder/clinic.yaml: the source's log has so many entries.
  void write_pipeline(const std::filesystem::path& folder, std::uint64_t length) const;
};

// Every pair that is accepted.
const std::vector<FaultPair>& fault_pairs();

}  // namespace lakeflow::test
