// A real FHIR server that is written to at random, while `lakeflow ingest` runs again and again and is now and then killed: in the end the tables
// hold what the server holds, resource by resource, deletes included.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "destinations/duckdb/duckdb_destination.h"
#include "tests/servers/hapi_fixture.h"

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kIdsPerType = 25;
const std::vector<std::string> kTypes{"Basic", "Location", "Organization", "Medication"};

int rounds() {
  if (const char* text = std::getenv("LAKEFLOW_HAPI_ROUNDS")) {
    return std::atoi(text);
  }
  return std::getenv("LAKEFLOW_SOAK") != nullptr ? 2000 : 100;
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
    // One type for each way of reading; and versions.
    std::ofstream(folder_ / "soak.yaml") << fmt::format(
        "name: soak\n"
        "connection: {{connector: healthcare, options: {{fhir_base_url: \"{}\", page_size: 7, retry_budget: 30s}}}}\n"
        "destination: {{kind: duckdb, path: soak.duckdb}}\n"
        "settings: {{chunk_rows: 11}}\n"
        "objects:\n"
        "  - table: {{source_table: Basic}}\n"
        "  - table: {{source_table: Basic, destination_table: versions, table_configuration: {{scd_type: SCD_TYPE_2}}}}\n"
        "  - table: {{source_table: Location, table_configuration: {{strategy: history}}}}\n"
        "  - table: {{source_table: Organization, table_configuration: {{strategy: search, delete_check_interval: \"0\"}}}}\n"
        "  - table: {{source_table: Medication, table_configuration: {{strategy: compare}}}}\n",
        hapi_url());
  }

  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) {
      std::filesystem::remove_all(folder_, ignored);
    }
  }

  int choose(int below) { return std::uniform_int_distribution<int>(0, below - 1)(dice_); }

  std::string resource(const std::string& type, const std::string& id) {
    Json json{{"resourceType", type}, {"id", id}, {"language", fmt::format("x-{}", ++writes_)}};
    if (type == "Basic") {
      json["code"] = {{"text", "soak"}};
    }
    return json.dump();
  }

  void write_at_random() {
    const std::string& type = kTypes[static_cast<std::size_t>(choose(static_cast<int>(kTypes.size())))];
    const std::string id = fmt::format("soak-{}", choose(kIdsPerType));
    switch (choose(5)) {
      case 0: {
        const int status = hapi().remove(type + "/" + id).status;
        EXPECT_TRUE(status / 100 == 2 || status == 404 || status == 410) << status;
        break;
      }
      case 1: transaction(type); break;
      default: EXPECT_EQ(hapi().put(type + "/" + id, resource(type, id)).status / 100, 2);
    }
  }

  // Several resources, which share one time; some go, some come.
  void transaction(const std::string& type) {
    Json bundle{{"resourceType", "Bundle"}, {"type", "transaction"}, {"entry", Json::array()}};
    std::set<int> ids;
    for (int i = 0; i < 12; ++i) {
      ids.insert(choose(kIdsPerType));
    }
    for (const int number : ids) {
      const std::string id = fmt::format("soak-{}", number);
      const std::string url = type + "/" + id;
      Json entry{{"request", {{"method", choose(4) == 0 ? "DELETE" : "PUT"}, {"url", url}}}};
      if (entry["request"]["method"] == "PUT") {
        entry["resource"] = Json::parse(resource(type, id));
      }
      bundle["entry"].push_back(std::move(entry));
    }
    const auto reply = hapi().post("", bundle.dump());
    EXPECT_EQ(reply.status, 200) << reply.text;
  }

  // `lakeflow ingest`, killed after so long where it still runs. Its exit code; nothing where it was killed.
  std::optional<int> ingest(std::optional<std::chrono::milliseconds> killed_after) {
    std::string program = LAKEFLOW_COMMAND;
    std::string verb = "ingest";
    std::string pipeline = (folder_ / "soak.yaml").string();
    std::vector<char*> arguments = {program.data(), verb.data(), pipeline.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const std::string output = (folder_ / "output").string();
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t process = -1;
    const int spawned = ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (spawned != 0) {
      ADD_FAILURE() << "cannot start " << program;
      return 1;
    }
    const auto started = Clock::now();
    int status = 0;
    while (::waitpid(process, &status, killed_after ? WNOHANG : 0) == 0) {  // until it ends
      if (Clock::now() - started >= *killed_after) {
        ::kill(process, SIGKILL);
        killed_after.reset();
      } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    }
    return WIFSIGNALED(status) ? std::nullopt : std::optional(WEXITSTATUS(status));
  }

  std::string output() const {
    std::ifstream file(folder_ / "output");
    return {std::istreambuf_iterator<char>(file), {}};
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
    for (const Json& page : hapi().all_pages(type + "?_count=50")) {
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
  }

  // Of each resource every version that the server has, and the current one alone without an end.
  void expect_versions_as_on_server(Destination& destination) {
    const auto rows =
        pairs(destination, R"(SELECT id, meta."versionId" || CASE WHEN "__END_AT" IS NULL THEN '' ELSE ' ended' END FROM main.versions)");
    for (int number = 0; number < kIdsPerType; ++number) {
      const std::string id = fmt::format("soak-{}", number);
      std::multiset<std::string> expected;
      bool is_newest = true;
      for (const Json& page : hapi().all_pages(fmt::format("Basic/{}/_history?_count=50", id))) {
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
    }
  }

  std::filesystem::path folder_;
  std::mt19937_64 dice_{20240501};
  int writes_ = 0;
};

TEST_F(HapiSoak, TablesHoldWhatTheServerHoldsAfterRandomWritesAndKills) {
  ASSERT_EQ(ingest(std::nullopt), 0) << output();
  int killed = 0;
  std::chrono::milliseconds longest{500};  // of a run
  const int all = rounds();
  for (int round = 0; round < all && !HasFailure(); ++round) {
    for (int i = choose(6); i >= 0; --i) {
      write_at_random();
    }
    // Writes go on while every other run is at it.
    std::atomic<bool> done = false;
    std::jthread writer;
    if (round % 2 == 0) {
      writer = std::jthread([this, &done] {
        FhirClient client(hapi_url());
        for (int i = 0; !done && i < 5; ++i) {
          const std::string id = fmt::format("soak-{}", i);
          client.put("Basic/" + id, Json{{"resourceType", "Basic"}, {"id", id}, {"code", {{"text", "meanwhile"}}}}.dump());
        }
      });
    }
    std::optional<std::chrono::milliseconds> kill_after;
    if (choose(3) == 0) {
      kill_after = std::chrono::milliseconds(choose(static_cast<int>(longest.count())));
    }
    const auto started = Clock::now();
    const std::optional<int> code = ingest(kill_after);
    done = true;
    if (!code) {
      ++killed;
      continue;
    }
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started));
    EXPECT_EQ(*code, 0) << "round " << round << ": " << output();
  }
  ASSERT_EQ(ingest(std::nullopt), 0) << output();
  std::printf("%d rounds, %d of them killed\n", all, killed);
  EXPECT_GT(killed, all / 10);

  auto destination = open_duckdb({.path = (folder_ / "soak.duckdb").string()});
  ASSERT_TRUE(destination) << destination.error().message();
  for (const std::string& type : kTypes) {
    expect_as_on_server(**destination, type);
  }
  expect_versions_as_on_server(**destination);
  EXPECT_EQ(pairs(**destination, "SELECT reason, detail FROM _lakeflow.quarantine").size(), 0U);
}

}  // namespace
}  // namespace lakeflow
