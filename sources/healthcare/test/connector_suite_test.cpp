// The generic suite on this connector: on a simulated FHIR server that behaves, and on ones that do not; on files of HL7 v2 messages.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"
#include "sources/healthcare/test/planted_healthcare.h"
#include "testing/connector/connector_suite.h"

namespace lakeflow {
namespace {

using testing::IsEmpty;

// Single times, a time that more share than fit a page, and a second of which a server with whole seconds makes one.
std::string resources() {
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += patient(fmt::format("single-{:02}", i), fmt::format("2024-01-01T00:{:02}:00Z", i));
  }
  for (int i = 0; i < 15; ++i) {
    lines += patient(fmt::format("together-{:02}", i), "2024-01-01T01:00:00.5Z");
  }
  for (int i = 0; i < 10; ++i) {
    lines += patient(fmt::format("close-{:02}", i), fmt::format("2024-01-01T02:00:00.{}Z", i));
  }
  return lines;
}

class SuiteOnFhirServers : public testing::TestWithParam<std::pair<const char*, std::vector<std::string>>> {};

TEST_P(SuiteOnFhirServers, Passes) {
  FhirWorld world(resources(), GetParam().second);
  for (const char* const strategy : {"search", "history", "compare"}) {
    world.options().set("strategy", strategy);
    world.options().set("page_size", "4");
    EXPECT_THAT(suite_failures(healthcare_connector(), world.options(), {"Patient"}, {.breaks_network = false}), IsEmpty()) << strategy;
  }
}

// Records are written to a simulator of its own, so that the ones before see what they know.
TEST(SuiteOnFhir, SeesWhatIsWritten) {
  for (const char* const strategy : {"history", "search", "compare", "auto"}) {
    FhirWorld world(resources());
    world.options().set("strategy", strategy);
    EXPECT_THAT(suite_failures(healthcare_connector(), world.options(), {"Patient", "Observation"}, {.breaks_network = false, .writes = true}),
                IsEmpty())
        << strategy;
    EXPECT_EQ(world.simulator().resource_count(), 45U) << "something was left behind";
    const auto requests = world.simulator().requests();
    EXPECT_EQ(std::ranges::count(requests, "PUT", &AnsweredRequest::method), 2 * 5) << strategy;
  }
}

// Through a relay that breaks what a network breaks; by a connector that outlasts it, and by one that gives up.
struct WayOfReading {
  const char* name;
  const char* strategy;
  const char* retry_budget;
  bool reads_on = false;       // from a time, as an ingest reads on: by strategy history, _history
  bool is_by_patient = false;  // Observations
};
class SuiteOverBadNetwork : public testing::TestWithParam<WayOfReading> {};

// Observations of three patients, that share times.
std::string observations() {
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    lines += fmt::format(
        R"({{"resourceType":"Observation","id":"observation-{:02}","meta":{{"versionId":"1","lastUpdated":"2024-01-03T00:{:02}:00Z"}},"subject":{{"reference":"Patient/single-{:02}"}}}})"
        "\n",
        i, i / 7, i % 3);
  }
  return lines;
}

TEST_P(SuiteOverBadNetwork, Passes) {
  const WayOfReading& way = GetParam();
  FhirWorld world(resources() + observations(), {}, "open-sesame-4711");
  world.options().set("auth_type", "bearer");
  world.options().set("token", "open-sesame-4711");  // not a credential: of the simulated server
  world.options().set("page_size", "4");
  world.options().set("strategy", way.strategy);
  world.options().set("retry_budget", way.retry_budget);
  if (way.is_by_patient) world.options().set("patients", "Patient?_id=single-00,single-01,single-02");
  const std::vector<std::string> checks{"survives_errors",           "survives_an_outage",           "survives_resets",
                                        "survives_cut_answers",      "survives_web_pages",           "survives_refused_tokens",
                                        "waits_when_it_is_asked_to", "keeps_credentials_to_its_host"};
  SuiteRequest request{.checks = checks, .outage_seconds = 1.5};
  if (way.reads_on) request.since = 0;
  std::size_t passes = 0;
  request.on_result = [&](const CheckResult& result) {
    passes += result.verdict == Verdict::kPassed ? 1U : 0U;
    std::printf("  %s %s\n", result.check.c_str(), result.evidence.c_str());
  };
  EXPECT_THAT(suite_failures(healthcare_connector(), world.options(), {way.is_by_patient ? "Observation" : "Patient"}, request), IsEmpty());
  EXPECT_EQ(passes, checks.size());
}

INSTANTIATE_TEST_SUITE_P(Strategies, SuiteOverBadNetwork,
                         testing::Values(WayOfReading{"Search", "search", "30s"}, WayOfReading{"SearchGivesUp", "search", "0s"},
                                         WayOfReading{"Compare", "compare", "30s"}, WayOfReading{"CompareGivesUp", "compare", "0s"},
                                         WayOfReading{"History", "history", "30s", true}, WayOfReading{"HistoryGivesUp", "history", "0s", true},
                                         WayOfReading{"ByPatient", "auto", "30s", false, true},
                                         WayOfReading{"ByPatientGivesUp", "auto", "0s", false, true}),
                         [](const auto& way) { return std::string(way.param.name); });

// What a server withholds the connector can't know, but the suite does.
TEST(SuiteOnFhir, FindsAServerThatWithholds) {
  FhirWorld world(resources(), {"short-search=10"});
  EXPECT_THAT(suite_failures(healthcare_connector(), world.options(), {"Patient"}, {.breaks_network = false}),
              testing::Contains(testing::Field(&CheckResult::check, "brings_all_that_the_source_counts")));
}

TEST(SuiteOnFhir, FindsAHistoryWithoutDeletes) {
  FhirWorld world(resources(), {"omit-tombstones"});
  world.options().set("strategy", "history");
  world.options().set("delete_check_interval", "never");
  EXPECT_THAT(
      suite_failures(healthcare_connector(), world.options(), {"Patient"}, {.breaks_network = false, .writes = true, .patience_seconds = 0.5}),
      testing::ElementsAre(testing::Field(&CheckResult::check, "sees_what_is_deleted")));
}

// The connector itself with a mistake planted into it.
class SuiteOnPlantedFhir : public testing::TestWithParam<NamedHealthcareMistake> {};

TEST_P(SuiteOnPlantedFhir, FindsTheMistake) {
  FhirWorld world(resources());
  world.options().set("strategy", "auto");
  world.options().set("page_size", "4");
  world.options().set("retry_budget", "0s");
  SuiteRequest request{.checks = {std::string(GetParam().check)}, .writes = true, .patience_seconds = 0.5};
  EXPECT_THAT(suite_failures(planted_healthcare(HealthcareMistake::kNone), world.options(), {"Patient"}, request), IsEmpty());
  EXPECT_THAT(suite_failures(planted_healthcare(GetParam().mistake), world.options(), {"Patient"}, request),
              testing::ElementsAre(testing::Field(&CheckResult::check, std::string(GetParam().check))));
}

INSTANTIATE_TEST_SUITE_P(Mistakes, SuiteOnPlantedFhir, testing::ValuesIn(all_healthcare_mistakes()),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

// As an ingest reads on, by each strategy.
TEST(SuiteOnFhir, PassesFromATimeOn) {
  for (const char* const strategy : {"search", "history"}) {
    FhirWorld world(resources());
    world.options().set("strategy", strategy);
    world.options().set("page_size", "4");
    EXPECT_THAT(suite_failures(healthcare_connector(), world.options(), {"Patient"}, {.since = 0, .breaks_network = false}), IsEmpty()) << strategy;
  }
}

using Faults = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(Servers, SuiteOnFhirServers,
                         testing::Values(std::pair{"Sound", Faults{}}, std::pair{"WholeSeconds", Faults{"whole-seconds"}},
                                         std::pair{"IgnoresSort", Faults{"ignore-sort"}},
                                         std::pair{"IgnoresLastUpdated", Faults{"ignore-last-updated=silently"}},
                                         std::pair{"RelativeLinks", Faults{"relative-next"}}, std::pair{"ExtraEntries", Faults{"extra-entries"}},
                                         std::pair{"BadDays", Faults{"unavailable=0:20%"}}),
                         [](const auto& server) { return std::string(server.param.first); });

TEST(SuiteOnHl7, Passes) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("lakeflow-suite-{}", getpid());
  std::filesystem::create_directories(folder);
  for (const char* const name : {"a.hl7", "b.hl7", "c.hl7"}) {
    std::ofstream file(folder / name, std::ios::binary);
    for (int i = 0; i < 12; ++i) {
      file << fmt::format("MSH|^~\\&|LAB|H|EHR|H|20240501080{}00||ORU^R01|{}-{}|P|2.5\rPID|1||{}^^^H^MR||DOE^JO\rOBR|1\rOBX|1|NM|2345-7^GLU||{}\r",
                          i % 6, name, i, 1000 + i, i)
           << "OBX|2|ST|1-1^X||positive\r";
    }
  }
  EXPECT_THAT(suite_failures(healthcare_connector(), Options{{"storage_path", folder.string()}, {"file_quiet_seconds", "0s"}},
                             {"messages", "pid", "obx", "oru_messages"}),
              IsEmpty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lakeflow
