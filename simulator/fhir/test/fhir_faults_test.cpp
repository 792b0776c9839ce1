#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/clock.h"
#include "simulator/fhir/fhir_simulator.h"
#include "simulator/fhir/test/fhir_client.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// A server with ten patients, p0 the newest: the order by id is the reverse of the order by time.
class FhirFaults : public testing::Test {
 protected:
  FhirFaults() : simulator_(FhirSimulator::start({}).value()), client_(simulator_->base_url()) {
    for (int i = 9; i >= 0; --i) {
      put(fmt::format("p{}", i));
    }
  }

  FhirClient::Reply put(const std::string& id) { return client_.put("Patient/" + id, fmt::format(R"({{"resourceType":"Patient","id":"{}"}})", id)); }

  void inject(std::string_view fault) { ASSERT_TRUE(simulator_->inject(fault)) << fault; }

  std::vector<int> statuses(const std::string& path, int count) {
    std::vector<int> seen;
    for (int i = 0; i < count; ++i) {
      seen.push_back(client_.get(path).status);
    }
    return seen;
  }

  std::unique_ptr<FhirSimulator> simulator_;
  FhirClient client_;
};

TEST_F(FhirFaults, Status) {
  inject("status=500:2");
  EXPECT_THAT(statuses("Patient", 3), ElementsAre(500, 500, 200));
  inject("status=403@Encounter");
  EXPECT_THAT(statuses("Encounter", 2), ElementsAre(403, 403));
  EXPECT_THAT(statuses("Patient", 1), ElementsAre(200));
  EXPECT_EQ(client_.get("Encounter").json()["resourceType"], "OperationOutcome");
  simulator_->clear_faults();
  EXPECT_THAT(statuses("Encounter", 1), ElementsAre(200));
}

TEST_F(FhirFaults, ThrottleInBothForms) {
  inject("throttle=7:1");
  const auto seconds = client_.get("Patient");
  EXPECT_EQ(seconds.status, 429);
  EXPECT_EQ(seconds.header("Retry-After"), "7");
  inject("unavailable=date:1");
  const auto date = client_.get("Patient");
  EXPECT_EQ(date.status, 503);
  const auto when = parse_http_date(date.header("Retry-After"));
  ASSERT_TRUE(when) << date.header("Retry-After");
  EXPECT_GE(*when, now_micros());
  EXPECT_LE(*when, now_micros() + 3'000'000);
  EXPECT_EQ(client_.get("Patient").status, 200);
}

TEST_F(FhirFaults, Html) {
  inject("html:1");
  const auto page = client_.get("Patient");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.header("Content-Type"), StartsWith("text/html"));
  EXPECT_TRUE(page.json().is_discarded());
}

TEST_F(FhirFaults, CutBody) {
  inject("cut-body:1");
  EXPECT_EQ(client_.get("Patient").status, 0) << "the body ends before its length";
  EXPECT_EQ(client_.get("Patient").status, 200);
}

TEST_F(FhirFaults, HangUntilTheServerStops) {
  inject("hang:1@Patient");
  std::jthread hanging([&] { EXPECT_NE(FhirClient(simulator_->base_url()).get("Patient").status, 200); });
  FhirClient other(simulator_->base_url());
  while (simulator_->requests().size() < 11) {
    other.get("Encounter");
  }
  const auto begin = std::chrono::steady_clock::now();
  simulator_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(FhirFaults, Slow) {
  inject("slow=200:1");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client_.get("Patient").status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
}

TEST_F(FhirFaults, IgnoreSort) {
  const std::string search = "Patient?_sort=_lastUpdated&_count=2";
  EXPECT_THAT(FhirClient::ids(client_.get(search).json()), ElementsAre("p9", "p8"));
  inject("ignore-sort:1");
  const Json stated = client_.get(search).json();
  EXPECT_THAT(FhirClient::ids(stated), ElementsAre("p0", "p1"));
  EXPECT_THAT(FhirClient::link(stated, "self"), EndsWith("Patient?_count=2"));
  inject("ignore-sort=silently:1");
  const Json silent = client_.get(search).json();
  EXPECT_THAT(FhirClient::ids(silent), ElementsAre("p0", "p1"));
  EXPECT_THAT(FhirClient::link(silent, "self"), HasSubstr("_sort=_lastUpdated"));
}

TEST_F(FhirFaults, IgnoreLastUpdated) {
  const std::string search = "Patient?_lastUpdated=lt2000";
  EXPECT_EQ(client_.get(search).json()["total"], 0);
  inject("ignore-last-updated@Patient");
  EXPECT_EQ(client_.get(search).json()["total"], 10);
}

TEST_F(FhirFaults, WholeSeconds) {
  inject("whole-seconds");
  EXPECT_THAT(put("p0").json()["meta"]["lastUpdated"].get<std::string>(), SizeIs(std::string_view("2024-01-01T00:00:00Z").size()));
}

TEST_F(FhirFaults, OmitLastUpdated) {
  inject("omit-last-updated");
  EXPECT_EQ(put("p0").json()["meta"].dump(), R"({"versionId":"2"})");
}

TEST_F(FhirFaults, ClockSkew) {
  inject("clock-skew=3600");
  const auto answer = put("p0");
  EXPECT_GT(*parse_utc(answer.json()["meta"]["lastUpdated"].get<std::string>()), now_micros() + 3'500'000'000);
  EXPECT_GT(*parse_http_date(client_.get("Patient").header("Date")), now_micros() + 3'500'000'000);
}

TEST_F(FhirFaults, LateCommit) {
  inject("late-commit=1");
  std::jthread writer([&] {
    FhirClient(simulator_->base_url()).post("", R"({"resourceType":"Bundle","type":"transaction","entry":[
            {"resource":{"resourceType":"Patient","id":"late"},"request":{"method":"PUT","url":"Patient/late"}}]})");
  });
  // What others write meanwhile is seen first, and bears a later time.
  std::string passed;
  for (int i = 0; client_.get("Patient/late").status != 200 && i < 200; ++i) {
    passed = put("p0").json()["meta"]["lastUpdated"];
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(client_.get("Patient/late").json()["meta"]["lastUpdated"], passed);
  EXPECT_THAT(FhirClient::ids(client_.get("Patient?_id=late&_lastUpdated=gt" + passed).json()), SizeIs(0));
}

TEST_F(FhirFaults, ExpiredPages) {
  inject("expired-pages:1");
  const std::string next = FhirClient::link(client_.get("Patient?_count=2").json(), "next");
  EXPECT_EQ(client_.follow(next).status, 410);
  EXPECT_EQ(client_.follow(next).status, 200);
}

TEST_F(FhirFaults, LivePagesSkipWhatMoved) {
  inject("live-pages");
  const Json first = client_.get("Patient?_sort=_lastUpdated&_count=2").json();
  EXPECT_THAT(FhirClient::ids(first), ElementsAre("p9", "p8"));
  put("p9");
  EXPECT_THAT(FhirClient::ids(client_.follow(FhirClient::link(first, "next")).json()), ElementsAre("p6", "p5")) << "p7 moved to the first page";
}

TEST_F(FhirFaults, DeleteUnderPages) {
  inject("live-pages");
  inject("delete-under-pages:#2");
  const Json first = client_.get("Patient?_count=2").json();
  const Json second = client_.follow(FhirClient::link(first, "next")).json();
  EXPECT_THAT(FhirClient::ids(second), ElementsAre("p2", "p3"));
  EXPECT_THAT(FhirClient::ids(client_.follow(FhirClient::link(second, "next")).json()), ElementsAre("p5", "p6")) << "p0 is gone, p4 moved up";
  EXPECT_EQ(client_.get("Patient/p0").status, 410);
}

TEST_F(FhirFaults, NoTotal) {
  EXPECT_EQ(client_.get("Patient?_count=2").json()["total"], 10);
  inject("no-total=unless-asked@Patient");
  EXPECT_FALSE(client_.get("Patient?_count=2").json().contains("total"));
  EXPECT_EQ(client_.get("Patient?_count=2&_total=accurate").json()["total"], 10);
  simulator_->clear_faults();
  inject("no-total");
  EXPECT_FALSE(client_.get("Patient?_count=2&_total=accurate").json().contains("total"));
  EXPECT_EQ(client_.get("Patient?_summary=count").json()["total"], 10) << "which is all that was asked for";
}

TEST_F(FhirFaults, NextLinks) {
  const auto next = [&] { return FhirClient::link(client_.get("Patient?_count=2").json(), "next"); };
  inject("relative-next:1");
  EXPECT_THAT(next(), StartsWith("Patient?"));
  inject("foreign-next:1");
  EXPECT_THAT(next(), StartsWith(fmt::format("http://localhost:{}/", simulator_->port())));
  inject("repeated-next:2");
  const std::string same = next();
  EXPECT_EQ(FhirClient::link(client_.follow(same).json(), "next"), same);
  EXPECT_NE(FhirClient::link(client_.follow(same).json(), "next"), same);
}

TEST_F(FhirFaults, ExtraEntries) {
  inject("extra-entries");
  std::vector<std::string> modes;
  for (const Json& entry : FhirClient::entries(client_.get("Patient?_count=1").json())) {
    modes.push_back(entry["search"]["mode"]);
  }
  EXPECT_THAT(modes, ElementsAre("outcome", "include", "match"));
}

TEST_F(FhirFaults, BareTombstones) {
  client_.remove("Patient/p3");
  inject("bare-tombstones");
  const Json tombstone = client_.get("Patient/_history").json()["entry"][0];
  EXPECT_EQ(tombstone["request"]["method"], "DELETE");
  EXPECT_FALSE(tombstone.contains("response"));
  EXPECT_FALSE(tombstone.contains("resource"));
}

TEST_F(FhirFaults, RequiresPatient) {
  client_.put("Observation/o1", R"({"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"}})");
  inject("requires-patient");
  const auto refused = client_.get("Observation?_count=1");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json()["resourceType"], "OperationOutcome");
  EXPECT_EQ(client_.get("Observation?_lastUpdated=ge2024-01-01").status, 400);
  EXPECT_EQ(client_.get("Observation/_history").status, 400);
  EXPECT_EQ(client_.get("_history").status, 400);
  EXPECT_EQ(client_.get("Observation/o1/_history").status, 200);
  EXPECT_EQ(client_.get("Observation/o1").status, 200);
  EXPECT_THAT(client_.all_ids("Observation?patient=p1"), ElementsAre("o1"));
  EXPECT_THAT(client_.all_ids("Observation?subject=Patient/p1"), ElementsAre("o1"));
  EXPECT_EQ(client_.get("Medication").status, 200) << "is about nobody";
  EXPECT_EQ(client_.get("Patient?_count=1").status, 200);
  for (const Json& type : client_.get("metadata").json()["rest"][0]["resource"]) {
    EXPECT_FALSE(type["interaction"].dump().contains("history-type")) << type["type"];
  }

  simulator_->clear_faults();
  inject("requires-patient=strict");
  EXPECT_EQ(client_.get("Patient?_count=1").status, 400);
  EXPECT_THAT(client_.all_ids("Patient?_id=p1"), ElementsAre("p1"));
}

}  // namespace
}  // namespace lakeflow
