#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "simulator/fhir/fhir_simulator.h"
#include "tests/kill/kill_source.h"

namespace lakeflow::test {
namespace {

constexpr int kIdsPerType = 60;
constexpr int kOldPerType = 120;
constexpr int kPatients = 12;

// A FHIR server with resources of some years, which a first load reads in several windows of time at once; and others that are made, changed
// and deleted by transactions, which give all their entries one lastUpdated, while a run reads it in pages smaller than a transaction: the
// first load by search, then by history. Or one that answers only for a named patient, and is read by a list of some of them.
class FhirKillSource final : public KillSource {
 public:
  explicit FhirKillSource(bool by_patient) : by_patient_(by_patient) {
    std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_kill_fhir_XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(pattern.data());
    write_old_resources(folder / "old.ndjson");
    FhirSimulatorOptions options{.folder = folder};
    if (by_patient) {
      options.faults = {"requires-patient=strict"};
    }
    auto simulator = FhirSimulator::start(std::move(options));
    std::filesystem::remove_all(folder);
    if (!simulator) {
      ADD_FAILURE() << simulator.error().message();
      std::abort();
    }
    simulator_ = *std::move(simulator);
  }

  std::vector<std::string> tables() const override { return {"Patient", "Encounter", "Observation", "Condition", "MedicationRequest"}; }
  std::vector<std::string> columns_of_the_reading() const override { return {"_source_file", "_source_position"}; }
  bool has_broken_records() const override { return false; }

  void write_pipeline(const std::filesystem::path& folder, std::uint64_t seed) override {
    traffic_ = {};  // joins
    transaction(60);
    transaction(60);
    std::vector<std::string> names = tables();
    std::shuffle(names.begin(), names.end(), std::mt19937_64(seed));
    write(folder, names, seed % 3 == 0 ? 1 : seed % 3 == 1 ? 3 : 8);
    traffic_ = std::jthread([this] {
      for (int i = 0; i < 6; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(15));
        transaction(40);
      }
    });
  }

  void write_last_pipeline(const std::filesystem::path& folder) override {
    traffic_ = {};
    write(folder, tables(), 4);
  }

 private:
  void write_old_resources(const std::filesystem::path& path) const {
    std::ofstream file(path);
    for (int i = 0; i < kOldPerType; ++i) {
      for (const std::string& type : tables()) {
        file << fmt::format(R"({{"resourceType":"{}","id":"old-{}","meta":{{"versionId":"1","lastUpdated":"20{:02}-{:02}-07T08:00:00Z"}}{}}})", type,
                            i * 7 % kOldPerType, 10 + i / 12, 1 + i % 12, subject_of(type, i))
             << "\n";
      }
    }
  }

  // Of all patients more than those of the list.
  static std::string subject_of(const std::string& type, int number) {
    return type == "Patient" ? "" : fmt::format(R"(,"subject":{{"reference":"Patient/Patient-{}"}})", number % (kPatients + 3));
  }

  void transaction(int entries) {
    const std::vector<std::string> types = tables();
    std::string body = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
    for (int i = 0; i < entries; ++i) {
      const int change = ++changes_;
      const std::string& type = types[static_cast<std::size_t>(change) % types.size()];
      const int id = change * 7 % kIdsPerType;
      if (change % 6 == 0) {  // what was deleted may come back by a later change
        body += fmt::format(R"({}{{"request":{{"method":"DELETE","url":"{}/{}-{}"}}}})", i == 0 ? "" : ",", type, type, id);
        continue;
      }
      body +=
          fmt::format(R"({}{{"resource":{{"resourceType":"{}","id":"{}-{}","language":"en-{}"{}}},"request":{{"method":"PUT","url":"{}/{}-{}"}}}})",
                      i == 0 ? "" : ",", type, type, id, change, subject_of(type, id), type, type, id);
    }
    body += "]}";
    httplib::Client client("127.0.0.1", simulator_->port());
    const auto response = client.Post("/fhir", body, "application/fhir+json");
    ASSERT_TRUE(response);
    ASSERT_EQ(response->status, 200) << response->body;
  }

  void write(const std::filesystem::path& folder, const std::vector<std::string>& names, int parallel_requests) const {
    if (by_patient_) {
      std::ofstream patients(folder / "patients.txt");
      for (int i = 0; i < kPatients; ++i) {
        patients << "Patient-" << i << "\n";
      }
    }
    const char* more = by_patient_ ? ", patients_file: patients.txt, delete_check_interval: \"0\"" : "";
    std::ofstream file(folder / "clinic.yaml");
    file << "name: clinic\nconnection:\n  connector: healthcare\n"
         << fmt::format("  options: {{fhir_base_url: \"{}\", page_size: 9, parallel_requests: {}{}}}\n", simulator_->base_url(), parallel_requests,
                        more)
         << "destination: {kind: duckdb, path: clinic.duckdb}\n"
         << "settings: {chunk_rows: 15, error_handling: dead_letter, threads: 2}\nobjects:\n";
    for (const std::string& name : names) {
      file << fmt::format("  - table: {{source_table: {}}}\n", name);
    }
  }

  const bool by_patient_;
  std::unique_ptr<FhirSimulator> simulator_;
  int changes_ = 0;
  std::jthread traffic_;  // the last: it uses the others
};

}  // namespace

std::unique_ptr<KillSource> make_fhir_kill_source() { return std::make_unique<FhirKillSource>(false); }
std::unique_ptr<KillSource> make_fhir_kill_source_by_patient() { return std::make_unique<FhirKillSource>(true); }

}  // namespace lakeflow::test
