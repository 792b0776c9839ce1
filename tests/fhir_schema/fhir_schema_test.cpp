// The schemas of libs/fhir against the engine's decoder and FHIR's own examples: what the definitions say is what occurs.

#include <algorithm>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include "tests/fhir_schema/example_resources.h"

namespace lakeflow {
namespace {

// The one example that is about decimals of any size holds some that no decimal of 38 digits can.
bool is_beyond_any_decimal(const std::string& file) { return file == "Observation-decimal.json"; }

class EveryExample : public testing::TestWithParam<int> {};

TEST_P(EveryExample, FitsTheSchemaOfItsType) {
  std::size_t resources = 0;
  for (const auto& [type, of_type] : examples()) {
    const DecodedExamples decoded = decode(type, of_type, {.depth = GetParam()});
    ASSERT_TRUE(decoded.records.rejects.empty()) << type;
    const DecodedTable& table = decoded.records.tables.at(0);
    ASSERT_EQ(table.rows->num_rows(), static_cast<std::int64_t>(of_type.size()));
    ASSERT_TRUE(table.rows->ValidateFull().ok()) << type;
    const auto& raw_json = static_cast<const arrow::StringArray&>(*table.rows->GetColumnByName("raw_json"));
    for (std::int64_t row = 0; row < table.rows->num_rows(); ++row) {
      const Example& example = of_type[static_cast<std::size_t>(row)];
      const std::string rescued = rescued_at(table, row);
      EXPECT_TRUE(rescued.empty() || is_beyond_any_decimal(example.file))
          << example.file << " at depth " << GetParam() << ": " << rescued.substr(0, 300);
      EXPECT_EQ(raw_json.GetView(row), example.text) << example.file;
    }
    resources += of_type.size();
  }
  EXPECT_GT(resources, 5000U);
}

TEST(ExampleOfDecimals, KeepsWhatItsColumnCannotHold) {
  const std::vector<Example>& observations = examples().at("Observation");
  const auto decimal = std::ranges::find(observations, "Observation-decimal.json", &Example::file);
  ASSERT_NE(decimal, observations.end());
  const DecodedExamples decoded = decode("Observation", {*decimal}, {.depth = 3});
  EXPECT_EQ(rescued_at(decoded.records.tables.at(0), 0),
            R"({"component[3].valueQuantity.value":1E-22,"component[5].valueQuantity.value":1.000000000000000000E-245,)"
            R"("component[6].valueQuantity.value":-1.000000000000000000E+245})");
}

INSTANTIATE_TEST_SUITE_P(AtDepth, EveryExample, testing::Values(2, 3, 6));

}  // namespace
}  // namespace lakeflow
