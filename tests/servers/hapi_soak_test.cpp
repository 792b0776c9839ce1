// A real FHIR server that is written to at random while `lakeflow ingest --continuous` reads it, which is now and then killed and started again: in
// the end the tables hold what the server holds, resource by resource, deletes included.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "destinations/duckdb/duckdb_destination.h"
#include "tests/command_line/process.h"
#include "tests/servers/example_resources.h"
#include "tests/servers/hapi_fixture.h"

namespace lakeflow {
namespace {

// Few resources that are written over and over, so that versions, ties and deletes meet; and the many of a hospital, of which some change.
constexpr int kIdsPerType = 60;
const std::vector<std::string> kSmall{"Basic", "Location", "Organization", "Medication"};
const std::vector<std::pair<std::string, std::size_t>> kLarge{{"Patient", 100}, {"Encounter", 1500}, {"Condition", 1500}, {"Observation", 2200}};
constexpr std::size_t kPerTransaction = 100;
constexpr std::chrono::seconds kPatience{600};

bool is_soak() { return std::getenv("LAKEFLOW_SOAK") != nullptr; }

int rounds() {
  if (const char* text = std::getenv("LAKEFLOW_HAPI_ROUNDS")) {
    return std::atoi(text);
  }
  return is_soak() ? 2000 : 100;
}

// Synthea's patients where tools/setup-bench brought them, as make soak has it; FHIR's examples otherwise.
std::vector<Json> population_of(const std::string& type, std::size_t most) {
  const std::filesystem::path synthea = LAKEFLOW_SOURCE_DIR "/.deps/synthea/data/fhir/" + type + ".ndjson";
  if (!is_soak() || !std::filesystem::exists(synthea)) {
    return example_resources(type);
  }
  std::vector<Json> resources;
  std::ifstream file(synthea);
  for (std::string line; resources.size() < most && std::getline(file, line);) {
    resources.push_back(Json::parse(line));
  }
  return resources;
}

class HapiSoak : public HapiTest {
 protected:
  void SetUp() override {
    HapiTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_soak_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }

  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) {
      std::filesystem::remove_all(folder_, ignored);
    }
  }

  // It ends with this object.
  std::unique_ptr<Process> ingest(const std::string& delete_check_interval, const std::string& arguments = {}) {
    const std::string command = fmt::format("exec '{}' ingest '{}' {}", LAKEFLOW_COMMAND, pipeline(delete_check_interval).string(), arguments);
    return std::make_unique<Process>(command, folder_, std::map<std::string, std::string>{}, folder_ / "ingest");
  }

  // A type for each way of reading; and versions. A transaction may write more than a page at one time.
  std::filesystem::path pipeline(const std::string& delete_check_interval) {
    const std::filesystem::path path = folder_ / "soak.yaml";
    std::ofstream(path) << fmt::format(
        "name: soak\n"
        "connection:\n"
        "  connector: healthcare\n"
        "  options: {{fhir_base_url: \"{}\", page_size: 50, look_back: 20s, delete_check_interval: \"{}\", retry_budget: 30s}}\n"
        "destination: {{kind: duckdb, path: soak.duckdb}}\n"
        "settings: {{chunk_rows: 111, interval: 100ms}}\n"
        "objects:\n"
        "  - table: {{source_table: Basic}}\n"
        "  - table: {{source_table: Basic, destination_table: versions, table_configuration: {{scd_type: SCD_TYPE_2}}}}\n"
        "  - table: {{source_table: Location, table_configuration: {{strategy: history}}}}\n"
        "  - table: {{source_table: Organization, table_configuration: {{strategy: search, delete_check_interval: \"0\"}}}}\n"
        "  - table: {{source_table: Medication, table_configuration: {{strategy: compare}}}}\n"
        "  - table: {{source_table: Patient}}\n"
        "  - table: {{source_table: Encounter, table_configuration: {{strategy: history}}}}\n"
        "  - table: {{source_table: Condition, table_configuration: {{strategy: search}}}}\n"
        "  - table: {{source_table: Observation}}\n",
        hapi_url(), delete_check_interval);
    return path;
  }

  // The server takes most of them; what it refuses is not there.
  void write_population() {
    std::size_t written = 0;
    for (const auto& [type, most] : kLarge) {
      const std::vector<Json> resources = population_of(type, most);
      for (std::size_t begin = 0; begin < resources.size(); begin += kPerTransaction) {
        const auto first = resources.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::vector<Json> some(first, first + static_cast<std::ptrdiff_t>(std::min(kPerTransaction, resources.size() - begin)));
        const bool is_taken = hapi().post("", transaction_of(some)).status == 200;
        for (const Json& resource : some) {
          const std::string id = resource["id"];
          if (is_taken || hapi().put(type + "/" + id, resource.dump()).status / 100 == 2) {
            population_[type].push_back(resource);
            ++written;
          }
        }
      }
      ASSERT_FALSE(population_[type].empty()) << type;
    }
    std::printf("%zu resources on the server\n", written);
  }

  int choose(std::size_t below) { return std::uniform_int_distribution<int>(0, static_cast<int>(below) - 1)(dice_); }
  template <class Values>
  const auto& choose_of(const Values& values) {
    return values[static_cast<std::size_t>(choose(values.size()))];
  }

  // A resource that no one wrote before, with an id that may be taken.
  Json write_of(const std::string& type) {
    Json resource;
    if (const auto found = population_.find(type); found != population_.end()) {
      resource = choose_of(found->second);
    } else {
      resource = {{"resourceType", type}, {"id", fmt::format("soak-{}", choose(kIdsPerType))}};
      if (type == "Basic") {
        resource["code"] = {{"text", "soak"}};
      }
    }
    resource["language"] = fmt::format("x-{}", ++writes_);
    return resource;
  }

  void write_at_random() {
    const std::string& type = choose(3) == 0 ? choose_of(kLarge).first : choose_of(kSmall);
    if (choose(5) == 0) {
      return write_transaction(type);
    }
    const Json resource = write_of(type);
    const std::string path = fmt::format("{}/{}", type, resource["id"].get<std::string>());
    if (choose(4) == 0) {
      const int status = hapi().remove(path).status;
      EXPECT_TRUE(status / 100 == 2 || status == 404 || status == 410) << status;
    } else {
      EXPECT_EQ(hapi().put(path, resource.dump()).status / 100, 2);
    }
  }

  // Several resources, which share one time; some go, some come. Seldom more than fit a page.
  void write_transaction(const std::string& type) {
    Json bundle{{"resourceType", "Bundle"}, {"type", "transaction"}, {"entry", Json::array()}};
    std::set<std::string> paths;
    for (int i = choose(8) == 0 ? 200 : 12; i > 0; --i) {
      Json resource = write_of(type);
      const std::string path = fmt::format("{}/{}", type, resource["id"].get<std::string>());
      if (!paths.insert(path).second) {
        continue;
      }
      if (choose(4) == 0) {
        bundle["entry"].push_back({{"request", {{"method", "DELETE"}, {"url", path}}}});
      } else {
        bundle["entry"].push_back({{"resource", std::move(resource)}, {"request", {{"method", "PUT"}, {"url", path}}}});
      }
    }
    const auto reply = hapi().post("", bundle.dump());
    // The server now and then loses its way among the references of what a transaction deletes: then nothing of it is written.
    transactions_failed_ += reply.status == 500 ? 1 : 0;
    EXPECT_TRUE(reply.status == 200 || reply.status == 500) << reply.text.substr(0, 500);
  }

  // Two columns of text.
  std::multimap<std::string, std::string> pairs(Destination& destination, const std::string& sql) {
    std::multimap<std::string, std::string> pairs;
    auto reader = destination.query(sql);
    if (!reader) {
      ADD_FAILURE() << reader.error().message();
      return pairs;
    }
    for (std::shared_ptr<arrow::RecordBatch> batch; (*reader)->ReadNext(&batch).ok() && batch != nullptr;) {
      for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
        pairs.emplace(batch->column(0)->GetScalar(row).ValueOrDie()->ToString(), batch->column(1)->GetScalar(row).ValueOrDie()->ToString());
      }
    }
    return pairs;
  }

  // Exactly the server's resources of the type, as it gives them.
  void expect_as_on_server(Destination& destination, const std::string& type) {
    SCOPED_TRACE(type);
    std::map<std::string, Json> held;
    for (const Json& page : hapi().all_pages(type + "?_count=500")) {
      for (const Json& entry : FhirClient::entries(page)) {
        held[entry["resource"]["id"]] = entry["resource"];
      }
    }
    EXPECT_FALSE(held.empty());
    const auto rows = pairs(destination, fmt::format("SELECT id, raw_json FROM main.\"{}\"", type));
    for (const auto& [id, json] : rows) {
      EXPECT_TRUE(held.contains(id)) << id << " was deleted on the server";
      EXPECT_EQ(Json::parse(json, nullptr, false), held[id]) << id;
    }
    EXPECT_EQ(rows.size(), held.size());
    compared_ += held.size();
  }

  // Of each resource every version that the server has, and the current one alone without an end.
  void expect_versions_as_on_server(Destination& destination) {
    const auto rows =
        pairs(destination, R"(SELECT id, meta."versionId" || CASE WHEN "__END_AT" IS NULL THEN '' ELSE ' ended' END FROM main.versions)");
    for (int number = 0; number < kIdsPerType; ++number) {
      const std::string id = fmt::format("soak-{}", number);
      std::multiset<std::string> expected;
      bool is_newest = true;
      for (const Json& page : hapi().all_pages(fmt::format("Basic/{}/_history?_count=500", id))) {
        for (const Json& entry : FhirClient::entries(page)) {
          if (entry["request"]["method"] != "DELETE") {
            expected.insert(entry["resource"]["meta"]["versionId"].get<std::string>() + (is_newest ? "" : " ended"));
          }
          is_newest = false;
        }
      }
      std::multiset<std::string> found;
      const auto [begin, end] = rows.equal_range(id);
      std::transform(begin, end, std::inserter(found, found.end()), [](const auto& row) { return row.second; });
      EXPECT_EQ(found, expected) << id;
      compared_ += expected.size();
    }
  }

  void expect_tables_as_on_server() {
    const auto last = ingest("0");
    ASSERT_EQ(last->wait(kPatience), 0) << last->messages();
    auto destination = open_duckdb({.path = (folder_ / "soak.duckdb").string()});
    ASSERT_TRUE(destination) << destination.error().message();
    for (const std::string& type : kSmall) {
      expect_as_on_server(**destination, type);
    }
    for (const auto& [type, most] : kLarge) {
      expect_as_on_server(**destination, type);
    }
    expect_versions_as_on_server(**destination);
    EXPECT_EQ(pairs(**destination, "SELECT reason, detail FROM _lakeflow.quarantine").size(), 0U);
    for (const auto& [table, message] : pairs(**destination, "SELECT destination_table, message FROM _lakeflow.failures")) {
      ADD_FAILURE() << table << ": " << message;
    }
  }

  std::filesystem::path folder_;
  std::map<std::string, std::vector<Json>> population_;
  std::mt19937_64 dice_{20240501};
  int writes_ = 0;
  int transactions_failed_ = 0;
  std::size_t compared_ = 0;  // resources and versions
};

TEST_F(HapiSoak, TablesHoldWhatTheServerHoldsAfterRandomWritesAndKills) {
  write_population();
  ASSERT_EQ(ingest("5s")->wait(kPatience), 0);  // of what was before the first load nobody gets the versions
  for (int i = 0; i < 20; ++i) {
    for (const std::string& type : kSmall) {
      write_transaction(type);
    }
  }
  int kills = 0;
  const int all = rounds();
  constexpr int kRoundsBetweenComparisons = 250;
  for (int round = 0; round < all && !HasFailure();) {
    auto reader = ingest("5s", "--continuous");
    for (const int end = std::min(all, round + kRoundsBetweenComparisons); round < end && !HasFailure(); ++round) {
      for (int i = choose(6); i >= 0; --i) {
        write_at_random();
      }
      if (choose(20) == 0) {
        // Long enough for a run to be anywhere.
        std::this_thread::sleep_for(std::chrono::milliseconds(choose(4000)));
        reader->signal(SIGKILL);
        EXPECT_EQ(reader->wait(kPatience), 128 + SIGKILL) << reader->messages();
        ++kills;
        reader = ingest("5s", "--continuous");
      }
    }
    reader->signal(SIGINT);
    EXPECT_EQ(reader->wait(kPatience), 130) << reader->messages();
    expect_tables_as_on_server();
  }
  std::printf("%d rounds with %d writes while a continuous ingest read, which was killed %d times; %zu resources and versions compared\n", all,
              writes_, kills, compared_);
  std::printf("%d transactions that the server could not carry out\n", transactions_failed_);
  EXPECT_LE(transactions_failed_, 1 + all / 50);
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace lakeflow
