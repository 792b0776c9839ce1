#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/command_line/process.h"

namespace lakeflow::test {

// A folder with a FHIR simulator, an inbox for HL7 v2 files and two pipelines that read both: clinic.yaml into a DuckDB file (a table of each kind),
// lake.yaml into a Parquet lake. All is done by the command, in processes of their own, which end with this one.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static const std::vector<std::string>& pipelines();  // "clinic", "lake"

  const std::string& fhir_base_url() const { return fhir_base_url_; }
  std::filesystem::path inbox() const { return folder_ / "inbox"; }

  std::unique_ptr<Process> start_continuous(const std::string& pipeline);
  // One run to the source's end, or any other command: its exit code; what it said goes to the test's failures where that is not 0.
  int run(const std::string& arguments);
  // The rows of a query of one column.
  std::vector<std::string> query(const std::string& pipeline, const std::string& sql);

 private:
  std::unique_ptr<Process> start(const std::string& arguments);

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  std::uint64_t started_ = 0;
  std::unique_ptr<Process> simulator_;
  std::string fhir_base_url_;
};

}  // namespace lakeflow::test
