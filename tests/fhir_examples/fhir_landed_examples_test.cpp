// FHIR's own examples of every type all the way and back: a server over HTTP, a run into a DuckDB file with raw_json off, and the rows of each table
// put together to resources again.

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "destinations/interface/destination.h"
#include "destinations/interface/framework_columns.h"
#include "engine/ingest/ingest.h"
#include "engine/pipeline/connection.h"
#include "engine/pipeline/pipeline.h"
#include "libs/fhir/resource_text.h"
#include "libs/secrets/secret_store.h"
#include "simulator/fhir/fhir_simulator.h"
#include "tests/canonical_json/canonical_json.h"
#include "tools/builtin/builtin.h"

namespace lakeflow {
namespace {

using test::canonical_json;

// In canonical form, which has their ids.
using Resources = std::set<std::string>;

Resources served(LakeflowConnect& connector, const std::string& table) {
  Resources resources;
  const std::unique_ptr<RecordReader> reader = *connector.read_table(table, {}, {}, {});
  for (std::optional<End> end; !end;) {
    Result<std::variant<RawRecords, End>> next = reader->next();
    if (!next) {
      ADD_FAILURE() << next.error().message();
      break;
    }
    if (const End* found = std::get_if<End>(&*next)) {
      end = *found;
      continue;
    }
    for (const RawRecord& record : std::get<RawRecords>(*next).records) {
      EXPECT_TRUE(resources.insert(canonical_json(record.bytes)).second) << table;
    }
  }
  return resources;
}

Resources landed(Destination& destination, const std::string& table) {
  Resources resources;
  const auto rows = *destination.query(fmt::format("SELECT * FROM main.\"{}\"", table));
  Result<fhir::ResourceText> text = fhir::ResourceText::make(rows->schema());
  EXPECT_TRUE(text) << table;
  for (std::shared_ptr<arrow::RecordBatch> batch; rows->ReadNext(&batch).ok() && batch != nullptr;) {
    const auto& rescued = static_cast<const arrow::StringArray&>(*batch->GetColumnByName(std::string(kRescuedDataColumn)));
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string resource;
      const Status appended = text->append(resource, *batch, row, rescued.IsNull(row) ? std::string_view() : rescued.GetView(row));
      EXPECT_TRUE(appended) << table << ": " << appended.error().message();
      EXPECT_TRUE(resources.insert(canonical_json(resource)).second) << table;
    }
  }
  return resources;
}

class LandedExamples : public testing::Test {
 protected:
  LandedExamples() : file_(std::filesystem::temp_directory_path() / fmt::format("lakeflow-fhir-landed-{}.duckdb", getpid())) {}
  ~LandedExamples() override { std::filesystem::remove(file_); }

  const std::filesystem::path file_;
};

TEST_F(LandedExamples, ComeBackWholeFromTheirTables) {
  const Result<std::unique_ptr<FhirSimulator>> server = FhirSimulator::start({.folder = LAKEFLOW_FHIR_PACKAGE});
  ASSERT_TRUE(server) << server.error().message();
  const ConnectorRegistry registry = builtin_connectors();
  const auto connection = fmt::format("connection: {{connector: healthcare, options: {{fhir_base_url: \"{}\"}}}}\n", (*server)->base_url());
  const auto destination_text = fmt::format("destination: {{kind: duckdb, path: \"{}\"}}\nobjects:\n", file_.string());
  const Pipeline any = *check_options(*parse_pipeline(connection + destination_text + "  - table: {source_table: Patient}\n", "any.yaml"), registry);
  const std::vector<std::string> tables = *(*open_connection(any, registry, SecretStore()))->list_tables();
  // Thousands of columns, each with a block of its own until its table is checkpointed, are more than the default limit of memory.
  std::string text = "settings: {memory_limit: 4gb}\n" + connection + destination_text;
  for (const std::string& table : tables) {
    text += fmt::format("  - table: {{source_table: {}, table_configuration: {{raw_json: \"false\"}}}}\n", table);
  }
  const Pipeline pipeline = *check_options(*parse_pipeline(text, "all.yaml"), registry);
  const std::unique_ptr<LakeflowConnect> connector = *open_connection(pipeline, registry, SecretStore());
  const std::unique_ptr<Destination> destination = *open_destination(pipeline, false);

  const Result<RunReport> report = ingest({.pipeline = &pipeline, .connector = connector.get(), .destination = destination.get(), .only_tables = {}});
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_EQ(report->exit_code(), 0) << to_json(*report);
  EXPECT_EQ(report->rejects(), 0U);

  std::size_t resources = 0;
  std::size_t types = 0;
  for (const std::string& table : tables) {
    const Resources sent = served(*connector, table);
    const Resources back = landed(*destination, table);
    EXPECT_EQ(sent.size(), back.size()) << table;
    for (const std::string& resource : sent) {
      EXPECT_TRUE(back.contains(resource)) << table << " did not come back: " << resource.substr(0, 300);
    }
    resources += back.size();
    types += back.empty() ? 0U : 1U;
  }
  EXPECT_GE(resources, 5000U);
  EXPECT_EQ(types, 140U) << "FHIR has no example of the other six";
}

}  // namespace
}  // namespace lakeflow
