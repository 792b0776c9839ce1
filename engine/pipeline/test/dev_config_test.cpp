#include "engine/pipeline/dev_config.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DevConfigTest : public ::testing::Test {
 protected:
  DevConfigTest() { std::filesystem::create_directories(file_.parent_path()); }
  ~DevConfigTest() override { std::filesystem::remove_all(file_.parent_path()); }

  Result<Pipeline> load(std::string_view json) const {
    std::ofstream(file_) << json;
    return load_dev_config("ward", file_);
  }
  std::string refusal(std::string_view json) const {
    const Result<Pipeline> pipeline = load(json);
    return pipeline ? "taken" : pipeline.error().message();
  }

  const std::filesystem::path file_ = std::filesystem::temp_directory_path() / fmt::format("lakeflow-dev-config-{}", getpid()) / "dev_config.json";
};

std::vector<std::string> names_of(const Pipeline& pipeline) {
  std::vector<std::string> names;
  for (const PipelineTable& table : pipeline.tables) {
    names.push_back(table.source_table);
  }
  return names;
}

TEST_F(DevConfigTest, HoldsTheConnectionsOptions) {
  const Pipeline pipeline =
      load(R"({"base_url": "http://127.0.0.1/x", "page_size": 5, "recursive": true, "token": "{{secrets/ward/token}}"})").value();
  EXPECT_EQ(pipeline.connector, "ward");
  EXPECT_EQ(pipeline.connection_options,
            (Options{{"base_url", "http://127.0.0.1/x"}, {"page_size", "5"}, {"recursive", "true"}, {"token", "{{secrets/ward/token}}"}}));
  EXPECT_THAT(pipeline.tables, testing::IsEmpty());
  EXPECT_EQ(pipeline.folder, file_.parent_path());
}

TEST_F(DevConfigTest, NamesTables) {
  EXPECT_THAT(names_of(load(R"({"tables": ["beds", "staff"]})").value()), ElementsAre("beds", "staff"));
  const Pipeline pipeline = load(R"({"tables": {"beds": {"depth": 2}, "staff": {}}, "base_url": "x"})").value();
  EXPECT_THAT(names_of(pipeline), ElementsAre("beds", "staff"));
  EXPECT_EQ(pipeline.tables[0].table_options, (Options{{"depth", "2"}}));
  EXPECT_EQ(pipeline.tables[1].table_options, Options());
  EXPECT_FALSE(pipeline.connection_options.has("tables"));
}

TEST_F(DevConfigTest, SaysWhereAMistakeIs) {
  EXPECT_THAT(refusal("{\n  \"base_url\": \"x\"\n"), HasSubstr("dev_config.json:3:1: this is no JSON"));
  EXPECT_THAT(refusal(R"(["base_url"])"), HasSubstr("dev_config.json:1:1"));
  EXPECT_THAT(refusal(R"({"base_url": null})"), HasSubstr("dev_config.json:1:14"));
  EXPECT_THAT(refusal(R"({"base_url": "a", "base_url": "b"})"), HasSubstr("base_url"));
  EXPECT_THAT(refusal(R"({"tables": [["beds"]]})"), HasSubstr("dev_config.json:1:"));
  EXPECT_THAT(refusal(R"({"tables": {"beds": 7}})"), HasSubstr("dev_config.json:1:21"));
  EXPECT_THAT(load_dev_config("ward", "/nowhere/dev_config.json").error().message(), HasSubstr("/nowhere/dev_config.json can't be read"));
}

}  // namespace
}  // namespace lakeflow
