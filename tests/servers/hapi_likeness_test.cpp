// Does the simulator behave as a real server does? The same resources and the same requests to both.

#include <set>

#include <gmock/gmock.h>

#include "simulator/fhir/fhir_simulator.h"
#include "tests/servers/example_resources.h"
#include "tests/servers/hapi_fixture.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::string last_updated(const Json& resource) { return resource["meta"]["lastUpdated"]; }

// What one server makes of the requests of the test: everything that must not depend on the server.
class Likeness : public HapiTest {
 protected:
  void SetUp() override {
    HapiTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    simulator_ = FhirSimulator::start({}).value();
    simulated_ = std::make_unique<FhirClient>(simulator_->base_url());
  }

  // Runs the same on both, and expects the same of them.
  template <typename Behaviour>
  void expect_alike(Behaviour&& behaviour) {
    const auto real = behaviour(hapi());
    const auto simulated = behaviour(*simulated_);
    EXPECT_EQ(real, simulated);
  }

 private:
  std::unique_ptr<FhirSimulator> simulator_;
  std::unique_ptr<FhirClient> simulated_;
};

TEST_F(Likeness, SearchesTiesPagesAndTimes) {
  auto practitioners = example_resources("Practitioner");
  std::erase_if(practitioners, [](const Json& resource) { return resource["resourceType"] != "Practitioner"; });
  ASSERT_GE(practitioners.size(), 10U);
  const std::string transaction = transaction_of(practitioners);
  expect_alike([&](FhirClient& server) {
    std::vector<std::string> facts;
    const auto response = server.post("", transaction);
    facts.push_back("transaction " + std::to_string(response.status) + " " + response.json().value("type", ""));

    // All have one time, and a page holds three.
    std::set<std::string> times;
    std::set<std::string> ids;
    std::size_t read = 0;
    for (const Json& page : server.all_pages("Practitioner?_sort=_lastUpdated&_count=3")) {
      facts.push_back("page of " + std::to_string(FhirClient::entries(page).size()) + " in a " + page["type"].get<std::string>());
      EXPECT_THAT(FhirClient::link(page, "self"), StartsWith("http://127.0.0.1:"));
      for (const Json& entry : FhirClient::entries(page)) {
        EXPECT_EQ(entry["search"]["mode"], "match");
        EXPECT_THAT(entry["fullUrl"].get<std::string>(), HasSubstr("/fhir/Practitioner/"));
        times.insert(last_updated(entry["resource"]));
        ids.insert(entry["resource"]["id"]);
        ++read;
      }
    }
    facts.push_back("times: " + std::to_string(times.size()) + ", resources: " + std::to_string(read) + ", ids: " + Json(ids).dump());
    if (times.empty()) {
      return facts;
    }

    const std::string time = *times.begin();
    const auto count = [&](const std::string& condition) {
      facts.push_back(condition + ": " + std::to_string(server.all_ids("Practitioner?_count=100&_lastUpdated=" + condition + time).size()));
    };
    for (const std::string prefix : {"", "ge", "gt", "le", "lt"}) {
      count(prefix);
    }
    facts.push_back("since ever: " + std::to_string(server.all_ids("Practitioner?_count=100&_lastUpdated=ge2000&_lastUpdated=lt2100").size()));
    facts.push_back("long ago: " + std::to_string(server.all_ids("Practitioner?_lastUpdated=lt2000-01-01").size()));

    FhirClient::Reply unknown = server.get("Practitioner?_lastUpdated=yesterday");
    facts.push_back("no date: " + std::to_string(unknown.status) + " " + unknown.json().value("resourceType", ""));
    facts.push_back("no such type: " + std::to_string(server.get("Practitionar").status));
    facts.push_back("no such id: " + std::to_string(server.get("Practitioner/none").status));
    return facts;
  });
}

TEST_F(Likeness, VersionsDeletionsAndHistory) {
  expect_alike([](FhirClient& server) {
    std::vector<std::string> facts;
    const auto note = [&](const std::string& what, const FhirClient::Reply& reply) {
      facts.push_back(what + ": " + std::to_string(reply.status) + " ETag " + reply.header("ETag"));
      return reply;
    };
    const std::string location = R"({"resourceType":"Location","id":"ward-a","name":"Ward A"})";
    const std::string renamed = R"({"resourceType":"Location","id":"ward-a","name":"Ward B"})";
    const auto created = note("create by update", server.put("Location/ward-a", location));
    const auto updated = note("update", server.put("Location/ward-a", renamed));
    EXPECT_LT(last_updated(created.json()), last_updated(updated.json()));
    facts.push_back("version " + updated.json()["meta"]["versionId"].get<std::string>());
    note("read", server.get("Location/ward-a"));
    note("old version", server.get("Location/ward-a/_history/1"));
    const auto deleted = server.remove("Location/ward-a");
    EXPECT_TRUE(deleted.status == 200 || deleted.status == 204) << deleted.status;
    facts.push_back("deleted: " + std::to_string(server.get("Location/ward-a").status));
    facts.push_back("found: " + std::to_string(server.all_ids("Location?_id=ward-a").size()));

    const Json history = server.get("Location/_history?_count=100").json();
    facts.push_back(history["type"]);
    for (const Json& entry : FhirClient::entries(history)) {
      std::string url = entry["request"]["url"];
      url = url.substr(url.find("Location"));  // HAPI: absolute, or with the version
      // HAPI calls an update that created a POST.
      const bool deletes = entry["request"]["method"] == "DELETE";
      facts.push_back((deletes ? "deletion of " : "write of ") + url.substr(0, url.find("/_history")) +
                      (entry.contains("resource") ? " with its resource" : " alone"));
    }
    EXPECT_THAT(server.get("Location/_history?_since=2000-01-01T00:00:00Z").json()["entry"], SizeIs(3));
    return facts;
  });
}

}  // namespace
}  // namespace lakeflow
