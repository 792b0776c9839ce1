// FHIR's own examples of every type all the way and back: a server over HTTP, a run into a DuckDB file with raw_json off, and the rows of each table
// put together to resources again.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
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

struct Counts {
  std::size_t resources = 0;
  std::size_t types = 0;  // of which there are some
};

class LandedResources : public testing::Test {
 protected:
  LandedResources() : folder_(std::filesystem::temp_directory_path() / fmt::format("lakeflow-fhir-landed-{}", getpid())) {
    std::filesystem::create_directory(folder_);
  }
  ~LandedResources() override { std::filesystem::remove_all(folder_); }

  // What the server has of these tables (of all, where none is named) against what a run landed of it.
  Counts expect_whole(const std::string& base_url, std::vector<std::string> tables = {}) {
    const ConnectorRegistry registry = builtin_connectors();
    const auto connection = fmt::format("connection: {{connector: healthcare, options: {{fhir_base_url: \"{}\"}}}}\n", base_url);
    const auto destination_text = fmt::format("destination: {{kind: duckdb, path: \"{}\"}}\nobjects:\n", (folder_ / "landed.duckdb").string());
    if (tables.empty()) {
      const Pipeline any =
          *check_options(*parse_pipeline(connection + destination_text + "  - table: {source_table: Patient}\n", "any.yaml"), registry);
      tables = *(*open_connection(any, registry, SecretStore()))->list_tables();
    }
    // Thousands of columns, each with a block of its own until its table is checkpointed, are more than the default limit of memory.
    std::string text = "settings: {memory_limit: 4gb}\n" + connection + destination_text;
    for (const std::string& table : tables) {
      text += fmt::format("  - table: {{source_table: {}, table_configuration: {{raw_json: \"false\"}}}}\n", table);
    }
    const Pipeline pipeline = *check_options(*parse_pipeline(text, "all.yaml"), registry);
    const std::unique_ptr<LakeflowConnect> connector = *open_connection(pipeline, registry, SecretStore());
    const std::unique_ptr<Destination> destination = *open_destination(pipeline, false);

    const Result<RunReport> report =
        ingest({.pipeline = &pipeline, .connector = connector.get(), .destination = destination.get(), .only_tables = {}});
    EXPECT_TRUE(report && report->exit_code() == 0 && report->rejects() == 0U) << (report ? to_json(*report) : report.error().message());

    Counts counts;
    for (const std::string& table : tables) {
      const Resources sent = served(*connector, table);
      const Resources back = landed(*destination, table);
      EXPECT_EQ(sent.size(), back.size()) << table;
      std::vector<std::string> lost;
      std::ranges::set_difference(sent, back, std::back_inserter(lost));
      EXPECT_TRUE(lost.empty()) << table << ": " << lost.size() << " did not come back, the first: " << lost.front().substr(0, 300);
      counts.resources += back.size();
      counts.types += back.empty() ? 0U : 1U;
    }
    return counts;
  }

  const std::filesystem::path folder_;
};

TEST_F(LandedResources, OfEveryTypeComeBackWholeFromTheirTables) {
  const Result<std::unique_ptr<FhirSimulator>> server = FhirSimulator::start({.folder = LAKEFLOW_FHIR_PACKAGE});
  ASSERT_TRUE(server) << server.error().message();
  const Counts counts = expect_whole((*server)->base_url());
  EXPECT_GE(counts.resources, 5000U);
  EXPECT_EQ(counts.types, 140U) << "FHIR has no example of the other six";
}

// More rows than a destination takes at once, each with values of its own, in structs of structs.
TEST_F(LandedResources, OfOneTypeComeBackWholeHoweverManyThereAre) {
  constexpr std::size_t kMany = 5000;
  std::filesystem::create_directory(folder_ / "served");
  std::ofstream file(folder_ / "served" / "Encounter.ndjson");
  for (std::size_t i = 0; i < kMany; ++i) {
    const std::string language = i % 3 == 0 ? R"("language":"de",)" : "";
    file << fmt::format(
        R"({{"resourceType":"Encounter","id":"e{0}",{1}"status":"finished","class":{{"code":"c{0}"}},)"
        R"("subject":{{"reference":"Patient/{0}","identifier":{{"value":"mrn{0}","assigner":{{"display":"ward {0}","identifier":{{"value":"w{0}"}}}}}}}},)"
        R"("hospitalization":{{"preAdmissionIdentifier":{{"system":"urn:{0}","period":{{"start":"2024-01-01"}}}},"admitSource":{{"coding":[{{"code":"a{0}"}}],"text":"t{0}"}}}}}})"
        "\n",
        i, language);
  }
  file.close();
  const Result<std::unique_ptr<FhirSimulator>> server = FhirSimulator::start({.folder = folder_ / "served"});
  ASSERT_TRUE(server) << server.error().message();
  EXPECT_EQ(expect_whole((*server)->base_url(), {"Encounter"}).resources, kMany);
}

}  // namespace
}  // namespace lakeflow
