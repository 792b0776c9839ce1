#include "tests/endurance/world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace lakeflow::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Small chunks make many commits; a small limit of memory is reached while it warms up, so that what grows afterwards is something else.
constexpr const char* kPipeline = R"(name: {name}
connection:
  connector: healthcare
  options: {{fhir_base_url: "{url}", look_back: 5s, page_size: 20, storage_path: inbox, file_quiet_seconds: 0s}}
destination: {{{destination}}}
settings: {{interval: 1s, longest_back_off: 2s, chunk_rows: 25, memory_limit: 128mb, threads: 2}}
objects:
{tables})";

constexpr const char* kClinicTables = R"(  - table: {source_table: Patient, table_configuration: {schema_depth: "2"}}
  - table: {source_table: Observation, table_configuration: {scd_type: SCD_TYPE_2, schema_depth: "2"}}
  - table: {source_table: Condition, table_configuration: {scd_type: APPEND_ONLY, schema_depth: "2"}}
  - table: {source_table: adt_messages}
  - table: {source_table: oru_messages}
  - table: {source_table: obx}
)";

constexpr const char* kLakeTables = R"(  - table: {source_table: Condition, table_configuration: {scd_type: APPEND_ONLY, schema_depth: "2"}}
  - table: {source_table: adt_messages}
  - table: {source_table: oru_messages}
  - table: {source_table: obx}
)";

// Of one command. Tables of a thousand columns in a hundred files take seconds to be read, and minutes where others have the machine.
constexpr std::chrono::minutes kAtMost{30};

fs::path command_folder() {
  const char* other = std::getenv("LAKEFLOW_ENDURANCE_BIN");
  return other == nullptr ? fs::path(LAKEFLOW_BINARY_DIR) / "bin" : fs::path(other);
}

}  // namespace

const std::vector<std::string>& World::pipelines() {
  static const std::vector<std::string> names = {"clinic", "lake"};
  return names;
}

World::World() {
  std::string pattern = (fs::temp_directory_path() / "lakeflow_endurance_XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  const char* path = std::getenv("PATH");
  environment_ = {{"PATH", fmt::format("{}:{}", command_folder().string(), path == nullptr ? "/usr/bin:/bin" : path)}};
  fs::create_directory(folder_ / "resources");
  fs::create_directory(inbox());
  simulator_ = start("simulate fhir resources");
  for (int i = 0; i < 500 && !(fhir_base_url_ = simulator_->output()).ends_with('\n'); ++i) {
    std::this_thread::sleep_for(20ms);
  }
  if (!fhir_base_url_.ends_with('\n')) {
    ADD_FAILURE() << "the simulator did not start: " << simulator_->messages();
    std::abort();
  }
  fhir_base_url_.pop_back();
  std::ofstream(folder_ / "clinic.yaml") << fmt::format(kPipeline, fmt::arg("name", "clinic"), fmt::arg("url", fhir_base_url_),
                                                        fmt::arg("destination", "kind: duckdb, path: clinic.duckdb"),
                                                        fmt::arg("tables", kClinicTables));
  std::ofstream(folder_ / "lake.yaml") << fmt::format(kPipeline, fmt::arg("name", "lake"), fmt::arg("url", fhir_base_url_),
                                                      fmt::arg("destination", "kind: parquet, path: lake, file_bytes: 100kb, file_age: 30s"),
                                                      fmt::arg("tables", kLakeTables));
}

World::~World() {
  simulator_->signal(SIGTERM);
  EXPECT_EQ(simulator_->wait(30s), 0) << simulator_->messages();
  fs::remove_all(folder_);
}

// It dies with the thread that starts it, whatever ends that.
std::unique_ptr<Process> World::start(const std::string& arguments) {
  return std::make_unique<Process>("exec setpriv --pdeathsig KILL lakeflow " + arguments, folder_, environment_,
                                   folder_ / fmt::format("process_{}", ++started_ % 100));
}

std::unique_ptr<Process> World::start_continuous(const std::string& pipeline) { return start(fmt::format("ingest {}.yaml --continuous", pipeline)); }

int World::run(const std::string& arguments) {
  const std::unique_ptr<Process> process = start(arguments);
  const int code = process->wait(kAtMost);
  EXPECT_EQ(code, 0) << "lakeflow " << arguments << "\n" << process->output() << process->messages();
  return code;
}

std::vector<std::string> World::query(const std::string& pipeline, const std::string& sql) {
  const std::unique_ptr<Process> process = start(fmt::format("query {}.yaml \"{}\" --csv", pipeline, sql));
  EXPECT_EQ(process->wait(kAtMost), 0) << sql << "\n" << process->messages();
  std::istringstream text(process->output());
  std::vector<std::string> rows;
  std::string line;
  std::getline(text, line);  // the header
  while (std::getline(text, line)) rows.push_back(line);
  return rows;
}

}  // namespace lakeflow::test
