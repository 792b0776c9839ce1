// FHIR's own examples all the way: a server over HTTP, the healthcare connector, the engine's decoder, typed rows.

#include <set>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "engine/decode/json_decoder.h"
#include "simulator/fhir/fhir_simulator.h"
#include "sources/healthcare/healthcare_connector.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Every row is whole: its id, its time, its text as the server sent it, and nothing left over that a column should have held.
void check_rows(const RawRecords& raw, const DecodedRecords& decoded, std::set<std::string>& ids) {
  EXPECT_TRUE(raw.broken.empty());
  EXPECT_TRUE(decoded.rejects.empty());
  const DecodedTable& table = decoded.tables.at(0);
  const auto& id = static_cast<const arrow::StringArray&>(*table.rows->GetColumnByName("id"));
  const auto& meta = static_cast<const arrow::StructArray&>(*table.rows->GetColumnByName("meta"));
  const auto& raw_json = static_cast<const arrow::StringArray&>(*table.rows->GetColumnByName("raw_json"));
  for (std::int64_t row = 0; row < table.rows->num_rows(); ++row) {
    EXPECT_TRUE(ids.insert(id.GetString(row)).second) << id.GetView(row) << " came twice";
    EXPECT_TRUE(meta.GetFieldByName("lastUpdated")->IsValid(row)) << id.GetView(row);
    EXPECT_EQ(raw_json.GetView(row), raw.records[table.records[static_cast<std::size_t>(row)]].bytes);
    const bool beyond_any_decimal = id.GetView(row) == "decimal";
    EXPECT_TRUE(!table.rescued || table.rescued->IsNull(row) || beyond_any_decimal) << table.rescued->GetView(row);
  }
}

TEST(FhirExamples, ComeWholeFromServerToRows) {
  const Result<std::unique_ptr<FhirSimulator>> server = FhirSimulator::start({.folder = LAKEFLOW_FHIR_PACKAGE});
  ASSERT_TRUE(server) << server.error().message();
  const ConnectorEntry entry = healthcare_connector();
  const Options options = *entry.spec.check_connection_options({{"fhir_base_url", (*server)->base_url()}, {"page_size", "20"}});
  const std::unique_ptr<LakeflowConnect> connector = *entry.make(options);
  const std::vector<std::string> tables = *connector->list_tables();
  std::size_t resources = 0;
  std::size_t types = 0;
  for (const std::string& table : tables) {
    const std::unique_ptr<Decoder> decoder = *make_json_decoder(*connector->get_table_schema(table, {}));
    const std::unique_ptr<RecordReader> reader = *connector->read_table(table, {}, {}, {});
    std::set<std::string> ids;
    for (std::optional<End> end; !end;) {
      Result<std::variant<RawRecords, End>> next = reader->next();
      ASSERT_TRUE(next) << next.error().message();
      if (const End* found = std::get_if<End>(&*next)) {
        end = *found;
        continue;
      }
      const RawRecords& raw = std::get<RawRecords>(*next);
      EXPECT_THAT(raw.origins, ElementsAre(fmt::format("{}/{}", (*server)->base_url(), table))) << "without its query";
      check_rows(raw, *decoder->decode(raw), ids);
    }
    const auto counted = httplib::Client("127.0.0.1", (*server)->port()).Get(fmt::format("/fhir/{}?_summary=count", table));
    ASSERT_TRUE(counted);
    EXPECT_THAT(counted->body, HasSubstr(fmt::format("\"total\":{}", ids.size()))) << table;
    resources += ids.size();
    types += ids.empty() ? 0U : 1U;
  }
  EXPECT_GE(resources, 5000U);
  EXPECT_EQ(types, 140U) << "FHIR has no example of the other six";
}

}  // namespace
}  // namespace lakeflow
