#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "tests/kill/kill_source.h"

namespace lakeflow::test {
namespace {

// A folder of HL7 v2 files: new ones arrive and old ones grow while a run reads them; some hold text that is no message.
class Hl7v2KillSource final : public KillSource {
 public:
  Hl7v2KillSource(std::string destination, int chunk_rows) : destination_(std::move(destination)), chunk_rows_(chunk_rows) {
    std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_inbox_XXXXXX").string();
    inbox_ = ::mkdtemp(pattern.data());
  }
  ~Hl7v2KillSource() override {
    traffic_ = {};
    std::filesystem::remove_all(inbox_);
  }

  std::vector<std::string> tables() const override { return {"adt_messages", "oru_messages", "pid", "obx"}; }

  void write_pipeline(const std::filesystem::path& folder, std::uint64_t seed) override {
    traffic_ = {};  // joins
    for (int i = 0; i < 4; ++i) {
      arrive();
    }
    std::vector<std::string> names = tables();
    std::shuffle(names.begin(), names.end(), std::mt19937_64(seed));
    write(folder, names);
    traffic_ = std::jthread([this] {
      for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(15));
        grow();
        arrive();
      }
    });
  }

  void write_last_pipeline(const std::filesystem::path& folder) override {
    traffic_ = {};
    write(folder, tables());
  }

 private:
  std::string message() {
    const int number = ++messages_;
    const std::string header = fmt::format("MSH|^~\\&|LAB|EAST|EHR|EAST|20240501{:02}{:02}00||{}|M{}|P|2.5.1\r", number / 60 % 24, number % 60,
                                           number % 3 == 0 ? "ADT^A01^ADT_A01" : "ORU^R01^ORU_R01", number);
    const std::string patient = fmt::format("PID|1||P{}^^^EAST^MR||Family{}^Given||19700101|F\r", number % 40, number % 40);
    if (number % 3 == 0) {
      return header + fmt::format("EVN|A01|20240501120000\r{}PV1|1|I|WARD{}^1^2\r", patient, number % 7);
    }
    return header + patient +
           fmt::format("OBR|1|||88^Glucose\rOBX|1|NM|88^Glucose||{}|mmol/L|||||F\rOBX|2|ST|89^Note||seen\\T\\read|||||F\r", number % 90);
  }

  // A new file under a name that no run has seen; it appears whole.
  void arrive() {
    const std::string name = fmt::format("{:05}.hl7", ++files_);
    std::ofstream file(inbox_ / (name + ".part"), std::ios::binary);
    if (files_ % 5 == 0) {
      file << "this is no message\r";
    }
    for (int i = 0; i < 15; ++i) {
      file << message();
    }
    file.close();
    growing_ = inbox_ / name;
    std::filesystem::rename(inbox_ / (name + ".part"), inbox_ / name);
  }

  void grow() {
    const std::string more = message() + message();
    std::ofstream(growing_, std::ios::binary | std::ios::app).write(more.data(), static_cast<std::streamsize>(more.size()));
  }

  void write(const std::filesystem::path& folder, const std::vector<std::string>& names) const {
    std::ofstream file(folder / "clinic.yaml");
    file << "name: clinic\nconnection:\n  connector: healthcare\n"
         << fmt::format("  options: {{storage_path: \"{}\", file_quiet_seconds: 0s}}\n", inbox_.string())
         << fmt::format("destination: {{{}}}\n", destination_)
         << fmt::format("settings: {{chunk_rows: {}, error_handling: dead_letter, threads: 2}}\nobjects:\n", chunk_rows_);
    for (const std::string& name : names) {
      file << fmt::format("  - table: {{source_table: {}}}\n", name);
    }
  }

  std::string destination_;
  int chunk_rows_;
  std::filesystem::path inbox_;
  std::filesystem::path growing_;
  int messages_ = 0;
  int files_ = 0;
  std::jthread traffic_;  // the last: it uses the others
};

}  // namespace

std::unique_ptr<KillSource> make_hl7v2_kill_source() { return std::make_unique<Hl7v2KillSource>("kind: duckdb, path: clinic.duckdb", 20); }

// Small files, so that runs publish all the time.
std::unique_ptr<KillSource> make_hl7v2_kill_source_into_parquet() {
  return std::make_unique<Hl7v2KillSource>("kind: parquet, path: lake, file_bytes: 40kb, file_age: 1s", 80);
}

}  // namespace lakeflow::test
