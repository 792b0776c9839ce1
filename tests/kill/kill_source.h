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
  virtual std::vector<std::string> snapshots() const = 0;

  // Writes the file of a pipeline that lands the tables in folder/clinic.duckdb, in an order that the seed chooses. The source
  // changes while it is read, and has changed since the last call.
  virtual void write_pipeline(const std::filesystem::path& folder, std::uint64_t seed) = 0;
  // The same of the source as it now is, which stays so.
  virtual void write_last_pipeline(const std::filesystem::path& folder) = 0;
};

std::unique_ptr<KillSource> make_memory_kill_source();

}  // namespace lakeflow::test
