// A sound connector over HTTP passes the suite; each planted mistake about the network is found, by the check that is meant for it.

#include <gmock/gmock.h>

#include <algorithm>

#include "testing/connector/connector_suite.h"
#include "testing/connector/test/planted_http_connector.h"

namespace lakeflow {
namespace {

std::vector<CheckResult> run(HttpMistake mistake, std::vector<std::string> checks = {}, bool breaks_network = true) {
  const PlantedHttpSource source;
  const ConnectorEntry entry = planted_http_connector(mistake);
  const Options given{{"base_url", source.base_url()}, {"key", std::string(kPlantedKey)}};
  SuiteRequest request;
  request.connect = [&](const Options& changed) {
    Options options = given;
    for (const auto& [name, value] : changed.values()) {
      options.set(name, value);
    }
    return entry.make(options);
  };
  request.spec = &entry.spec;
  request.connection_options = given;
  request.tables = {{"rows", {}}};
  request.checks = std::move(checks);
  request.breaks_network = breaks_network;
  request.outage_seconds = 0.5;  // longer than the connector tries
  const auto results = run_connector_suite(request);
  EXPECT_TRUE(results);
  return results.value_or(std::vector<CheckResult>());
}

std::vector<std::string> network_checks() {
  std::vector<std::string> names;
  for (const NamedHttpMistake& mistake : all_http_mistakes()) {
    names.emplace_back(mistake.check);
  }
  return names;
}

std::string text(const CheckResult& result) { return std::string(verdict_name(result.verdict)) + " " + result.check + ": " + result.evidence; }

TEST(NetworkFaults, PassASoundConnector) {
  for (const CheckResult& result : run(HttpMistake::kNone)) {
    EXPECT_NE(result.verdict, Verdict::kFailed) << text(result);
  }
  const std::vector<CheckResult> results = run(HttpMistake::kNone, network_checks());
  EXPECT_EQ(results.size(), network_checks().size());
  for (const CheckResult& result : results) {
    EXPECT_EQ(result.verdict, Verdict::kPassed) << text(result);
    std::printf("  %s\n", text(result).c_str());
  }
}

TEST(NetworkFaults, AreLeftOutWhereNobodyWantsThem) {
  for (const CheckResult& result : run(HttpMistake::kNone, network_checks(), false)) {
    EXPECT_EQ(result.verdict, Verdict::kSkipped) << text(result);
  }
}

class PlantedOverHttp : public testing::TestWithParam<NamedHttpMistake> {};

TEST_P(PlantedOverHttp, IsFound) {
  const std::vector<CheckResult> results = run(GetParam().mistake, network_checks());
  bool is_found = false;
  for (const CheckResult& result : results) {
    is_found |= result.verdict == Verdict::kFailed && result.check == GetParam().check;
    if (result.verdict == Verdict::kFailed) {
      std::printf("  %s\n", text(result).c_str());
      EXPECT_THAT(result.evidence, testing::Not(testing::HasSubstr("item-00"))) << "a value of a record";
      EXPECT_THAT(result.evidence, testing::Not(testing::HasSubstr("open-sesame"))) << "a secret";
    }
  }
  EXPECT_TRUE(is_found);
}

INSTANTIATE_TEST_SUITE_P(Mistakes, PlantedOverHttp, testing::ValuesIn(all_http_mistakes()),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace lakeflow
