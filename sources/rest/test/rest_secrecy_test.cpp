// A key in the query lets requests in, and shows nowhere.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "simulator/recording/recorder.h"
#include "sources/rest/test/item_connector.h"
#include "sources/rest/test/simulated_api.h"
#include "testing/connector/log_recorder.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kCanary = "canary/4711&co";
constexpr const char* kApi = R"(
auth: {api_key: {parameter: appid, value: "canary/4711&co"}}
endpoints:
  items:
    path: /items
    modified: {field: changed, format: epoch-seconds}
    records:
      generate:
        count: 40
        fields:
          id: {kind: sequence}
          changed: {kind: timestamp, start: "2024-01-01T00:00:00Z", step_seconds: 60, format: epoch-seconds}
    filters:
      since: {field: changed, operator: at-or-after}
    paging: {by: next-url, size_parameter: limit, next: next_url}
    answer: {records: data}
)";

RestTable items() {
  RestTable table = item_table(by_next_url(), by_time());
  table.schema = "{id: long, changed: long}";
  return table;
}

Options with_key(const std::string& base_url, const char* key = kCanary) {
  return {{"base_url", base_url}, {"auth_type", "api_key_in_query"}, {"api_key_parameter", "appid"}, {"api_key", key}};
}

// Everything that a user, a log or a destination sees of a check and a reading.
std::vector<std::string> all_that_shows(const Options& given) {
  const ConnectorEntry entry = item_connector(items());
  const auto connector = entry.make(entry.spec.check_connection_options(given).value()).value();
  LogRecorder log;
  ReadContext context;
  context.log = &log;
  std::vector<std::string> seen;
  const auto findings = dynamic_cast<ConnectionCheck&>(*connector).check_connection({}, context).value();
  for (const CheckFinding& finding : findings) {
    seen.push_back(finding.subject + finding.message + finding.next_step);
  }
  const auto reader = connector->read_table("items", {}, {}, context).value();
  while (true) {
    const auto came = reader->next();
    if (const auto offset = reader->offset()) seen.push_back(offset->json());
    if (!came) seen.push_back(came.error().message() + came.error().next_step());
    if (!came || std::holds_alternative<End>(*came)) break;
    for (const std::string& origin : std::get<RawRecords>(*came).origins) seen.push_back("origin " + origin);
  }
  for (const auto& line : log.lines()) seen.push_back("log " + line);
  return seen;
}

TEST(RestSecrecy, AKeyInTheQueryPassesTheSuiteOverABadNetwork) {
  const auto simulator = simulated_api(kApi);
  std::vector<std::string> passed;
  SuiteRequest request{.patience_seconds = 0.2};
  request.on_result = [&](const CheckResult& result) {
    if (result.verdict == Verdict::kPassed) passed.push_back(result.check);
  };
  EXPECT_THAT(suite_failures(item_connector(items()), with_key(simulator->base_url()), {"items"}, request), IsEmpty());
  EXPECT_THAT(passed, testing::IsSupersetOf({"logs_no_secret", "keeps_credentials_to_its_host"}));
}

TEST(RestSecrecy, AKeyInTheQueryShowsNeitherInLogsNorOffsetsNorOriginsNorErrors) {
  const auto shows_no_key = Each(testing::AllOf(Not(HasSubstr("canary")), Not(HasSubstr("4711"))));
  const auto simulator = simulated_api(kApi);
  const std::vector<std::string> seen = all_that_shows(with_key(simulator->base_url()));
  EXPECT_THAT(seen, Contains("origin " + simulator->base_url() + "/items"));
  EXPECT_THAT(seen, Contains(HasSubstr("log http exchange")));
  EXPECT_THAT(seen, shows_no_key);

  const std::vector<std::string> refused = all_that_shows(with_key(simulator->base_url(), "canary-4711-wrong"));
  EXPECT_THAT(refused, Contains(HasSubstr("401 (unauthorized)")));
  EXPECT_THAT(refused, shows_no_key);

  ASSERT_TRUE(simulator->inject("foreign-next"));
  const std::vector<std::string> led_away = all_that_shows(with_key(simulator->base_url()));
  EXPECT_THAT(led_away, Contains(HasSubstr("an origin that is not allowed")));
  EXPECT_THAT(led_away, shows_no_key);
  simulator->stop();
  EXPECT_THAT(all_that_shows(with_key(simulator->base_url())), shows_no_key);
}

TEST(RestSecrecy, AKeyInTheQueryIsInNoRecording) {
  const auto simulator = simulated_api(kApi);
  const auto folder = std::filesystem::path(testing::TempDir()) / "recording_of_a_key_in_the_query";
  std::filesystem::remove_all(folder);
  const auto recorder = Recorder::start({.relay = {.upstream = simulator->base_url()}, .into = folder}).value();
  EXPECT_THAT(all_that_shows(with_key(recorder->relay().base_url())), Contains(HasSubstr("origin")));
  ASSERT_TRUE(recorder->stop());
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ostringstream text;
    text << file.path().filename().string() << std::ifstream(file.path()).rdbuf();
    files.push_back(text.str());
  }
  EXPECT_THAT(files, SizeIs(testing::Ge(3)));
  EXPECT_THAT(files, Each(testing::AllOf(HasSubstr("appid=removed"), Not(HasSubstr("canary")), Not(HasSubstr("4711")))));
}

}  // namespace
}  // namespace lakeflow
