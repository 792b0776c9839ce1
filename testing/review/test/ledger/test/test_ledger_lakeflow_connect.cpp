#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/connector/connector_suite.h"
#include "testing/review/test/ledger/lakeflow_connect.h"

namespace lakeflow {
namespace {

class Ledger : public testing::Test {
 protected:
  Ledger() : path_(std::filesystem::temp_directory_path() / fmt::format("ledger-{}.ndjson", ::getpid())) {
    std::ofstream file(path_);
    for (int i = 0; i < 250; ++i) {
      file << fmt::format(R"({{"number":{},"booked":"2024-05-01T08:{:02}:00Z","account":{{"name":"rent","place":"Utrecht"}}}})", i, i / 5) << '\n';
    }
  }
  ~Ledger() override { std::filesystem::remove(path_); }

  const std::filesystem::path path_;
};

TEST_F(Ledger, PassesTheSuite) {
  std::stringstream text;
  text << std::ifstream(LAKEFLOW_SOURCE_DIR "/testing/review/test/ledger/connector_spec.yaml").rdbuf();
  const ConnectorEntry connector{ConnectorSpec::parse(text.str()).value(), LedgerConnect::make};
  EXPECT_THAT(suite_failures(connector, {{"path", path_.string()}}, {"entries"}), testing::IsEmpty());
}

TEST_F(Ledger, RefusesAnUnknownTable) {
  const auto schema = LedgerConnect(path_.string()).get_table_schema("entrys", {});
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().next_step(), "did you mean entries?");
}

}  // namespace
}  // namespace lakeflow
