#include "engine/pipeline/pipeline.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ErrorCase {
  std::string name;
  std::string file;
  std::string error;
};

std::vector<ErrorCase> read_error_cases() {
  std::ifstream stream(LAKEFLOW_SOURCE_DIR "/engine/pipeline/test/cases/errors.txt");
  std::vector<ErrorCase> cases;
  bool in_error = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), "", ""});
      in_error = false;
    } else if (cases.empty()) {
      continue;
    } else if (line == "--") {
      in_error = true;
    } else if (!in_error) {
      cases.back().file += line + "\n";
    } else if (!line.empty()) {
      cases.back().error += line;
    }
  }
  return cases;
}

TEST(PipelineErrors, SayWhereWhatAndWhatToDo) {
  const std::vector<ErrorCase> cases = read_error_cases();
  ASSERT_GT(cases.size(), 25U);
  for (const ErrorCase& example : cases) {
    SCOPED_TRACE(example.name);
    const Result<Pipeline> pipeline = parse_pipeline(example.file, "clinic.yaml");
    ASSERT_FALSE(pipeline);
    const Error& error = pipeline.error();
    EXPECT_EQ(error.kind(), ErrorKind::kUser);
    EXPECT_EQ(error.message() + (error.next_step().empty() ? "" : " -> " + error.next_step()), example.error);
  }
}

constexpr std::string_view kWhole = R"(
name: clinic of the north
connection_name: kept_for_upstream
connection:
  connector: healthcare
  options:
    fhir_base_url: "http://127.0.0.1:8080/fhir"
    client_secret: "{{secrets/clinic/fhir}}"
    page_size: 500
    verify: True
    quoted: "True"
    parameters: {status: [active, 1, 1.5e3, 007, "2", true, ~]}
destination: {kind: duckdb, path: data/clinic.duckdb}
objects:
  - table: {source_table: Patient}
  - table:
      source_table: Observation
      destination_catalog: health
      destination_schema: bronze
      destination_table: observations
      table_configuration:
        scd_type: append_only
        primary_keys: [id, version]
        sequence_by: meta.lastUpdated
        cluster_by: '["subject"]'
        category: laboratory
  - table: {source_table: Observation, destination_schema: silver, table_configuration: }
settings:
  chunk_rows: 5000
  chunk_bytes: 8mb
  chunk_seconds: 1m
  error_handling: dead_letter
  dead_letter_path: dead/letters.ndjson
  reject_threshold: 2.5%
  memory_limit: 1gb
  threads: 2
  interval: 30s
  jitter: 25%
  longest_back_off: 1h
  log_file: logs/clinic.log
  log_format: json
  log_level: debug
  metrics: 127.0.0.1:9464
  metrics_file: /var/metrics/clinic.prom
)";

TEST(Pipeline, AWholeFileIsReadAsWritten) {
  const Result<Pipeline> parsed = parse_pipeline(kWhole, "conf/clinic.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message();
  const Pipeline& pipeline = *parsed;
  EXPECT_EQ(pipeline.name, "clinic of the north");
  EXPECT_EQ(pipeline.folder, "conf");
  EXPECT_EQ(pipeline.connector, "healthcare");
  EXPECT_EQ(pipeline.connection_options, (Options{{"fhir_base_url", "http://127.0.0.1:8080/fhir"},
                                                  {"client_secret", "{{secrets/clinic/fhir}}"},
                                                  {"page_size", "500"},
                                                  {"verify", "true"},
                                                  {"quoted", "True"},
                                                  {"parameters", R"({"status":["active",1,1.5e3,"007","2",true,null]})"}}));
  EXPECT_EQ(pipeline.option_places.at("page_size"), "conf/clinic.yaml:9:5");
  EXPECT_EQ(pipeline.destination, (DestinationLocation{"duckdb", "conf/data/clinic.duckdb"}));

  ASSERT_EQ(pipeline.tables.size(), 3U);
  const PipelineTable& patient = pipeline.tables[0];
  EXPECT_EQ(patient.destination.text(), "main.Patient");
  EXPECT_FALSE(patient.scd_type);
  EXPECT_EQ(patient.place, "conf/clinic.yaml:15:12");
  const PipelineTable& observation = pipeline.tables[1];
  EXPECT_EQ(observation.destination_catalog, "health");
  EXPECT_EQ(observation.destination.text(), "bronze.observations");
  EXPECT_EQ(observation.scd_type, ScdType::kAppendOnly);
  EXPECT_THAT(observation.primary_keys, ElementsAre("id", "version"));
  EXPECT_THAT(observation.sequence_by, ElementsAre("meta.lastUpdated"));
  EXPECT_THAT(observation.cluster_by, ElementsAre("subject"));
  EXPECT_EQ(observation.table_options, (Options{{"category", "laboratory"}}));
  EXPECT_EQ(pipeline.tables[2].destination.text(), "silver.Observation");

  PipelineSettings expected;
  expected.chunk_rows = 5000;
  expected.chunk_bytes = 8 << 20;
  expected.chunk_seconds = 60;
  expected.error_handling = ErrorHandling::kDeadLetter;
  expected.dead_letter_path = "conf/dead/letters.ndjson";
  expected.reject_threshold.percent = 2.5;
  expected.memory_limit = 1 << 30;
  expected.threads = 2;
  expected.interval_seconds = 30;
  expected.jitter = 0.25;
  expected.longest_back_off_seconds = 3600;
  expected.log_file = "conf/logs/clinic.log";
  expected.log_format = "json";
  expected.log_level = LogLevel::kDebug;
  expected.metrics = "127.0.0.1:9464";
  expected.metrics_file = "/var/metrics/clinic.prom";
  EXPECT_EQ(pipeline.settings, expected);
}

TEST(Pipeline, JsonIsYaml) {
  const Result<Pipeline> pipeline = parse_pipeline(R"({
    "connection": {"connector": "healthcare", "options": {"storage_path": "in\"box", "watch": true, "depth": 3}},
    "destination": {"kind": "duckdb", "path": "/data/clinic.duckdb"},
    "objects": [{"table": {"source_table": "pid", "table_configuration": {"primary_keys": ["_record_id"]}}}]
  })",
                                                   "/etc/lakeflow/wards.json");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_EQ(pipeline->name, "wards");
  EXPECT_EQ(pipeline->destination.path, "/data/clinic.duckdb");
  EXPECT_EQ(pipeline->connection_options, (Options{{"storage_path", "in\"box"}, {"watch", "true"}, {"depth", "3"}}));
  EXPECT_THAT(pipeline->tables[0].primary_keys, ElementsAre("_record_id"));
  EXPECT_EQ(pipeline->settings, PipelineSettings());
}

TEST(Pipeline, DeadLettersHaveAPlaceByDefault) {
  const Result<Pipeline> pipeline = parse_pipeline(
      "connection: {connector: c}\ndestination: {kind: duckdb, path: ':memory:'}\nobjects: [{table: {source_table: t}}]\n"
      "settings: {error_handling: dead_letter, reject_threshold: 100}\n",
      "conf/clinic.yaml");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_EQ(pipeline->settings.dead_letter_path, "conf/clinic.dead_letters");

  const Result<Pipeline> older = parse_pipeline(
      "connection: {connector: c, options: {error_handling: dead_letter, dead_letter_path: dead, other: 7}}\n"
      "destination: {kind: duckdb, path: ':memory:'}\nobjects: [{table: {source_table: t}}]\nsettings: {chunk_rows: 5}\n",
      "conf/clinic.yaml");
  ASSERT_TRUE(older) << older.error().message();
  EXPECT_EQ(older->settings.error_handling, ErrorHandling::kDeadLetter) << "as the first connector's users wrote them";
  EXPECT_EQ(older->settings.dead_letter_path, "conf/dead");
  EXPECT_EQ(older->settings.chunk_rows, 5);
  EXPECT_EQ(older->connection_options, (Options{{"other", "7"}}));
  EXPECT_EQ(pipeline->settings.reject_threshold, (RejectThreshold{.count = 100, .percent = {}}));
  EXPECT_EQ(pipeline->destination.path, ":memory:");
}

TEST(Pipeline, AFileThatIsNotThereIsNamed) {
  const Result<Pipeline> missing = load_pipeline("nowhere/clinic.yaml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(missing.error().message(), HasSubstr("nowhere/clinic.yaml"));
  EXPECT_FALSE(load_pipeline(std::filesystem::temp_directory_path())) << "a folder is no file";
}

// Any beginning of a file, and any file with one byte changed, is read or refused with a place: never a crash, never an exception.
TEST(Pipeline, BrokenFilesAreRefusedWithAPlace) {
  const std::string whole(kWhole);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::string changed = whole;
    changed[length] = "\0\t{}[]:*&!'\"%@\xff"[length % 15];
    for (const std::string& text : {whole.substr(0, length), changed}) {
      const Result<Pipeline> pipeline = parse_pipeline(text, "clinic.yaml");
      if (!pipeline) {
        EXPECT_EQ(pipeline.error().kind(), ErrorKind::kUser);
        EXPECT_TRUE(pipeline.error().message().starts_with("clinic.yaml:")) << pipeline.error().message();
      }
    }
  }
}

}  // namespace
}  // namespace lakeflow
