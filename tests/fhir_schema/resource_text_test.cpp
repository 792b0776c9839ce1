// Columns back to resources: without raw_json nothing of a resource is lost.

#include <map>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "libs/fhir/resource_text.h"
#include "tests/canonical_json/canonical_json.h"
#include "tests/fhir_schema/example_resources.h"

namespace lakeflow {
namespace {

using test::canonical_json;

std::vector<std::string> resources_of(const DecodedTable& table) {
  Result<fhir::ResourceText> text = fhir::ResourceText::make(table.rows->schema());
  std::vector<std::string> resources(static_cast<std::size_t>(table.rows->num_rows()));
  for (std::int64_t row = 0; row < table.rows->num_rows(); ++row) {
    const Status appended = text->append(resources[static_cast<std::size_t>(row)], *table.rows, row, rescued_at(table, row));
    EXPECT_TRUE(appended) << appended.error().message();
  }
  return resources;
}

class EveryExampleComesBack : public testing::TestWithParam<int> {};

TEST_P(EveryExampleComesBack, FromItsColumnsAlone) {
  std::size_t resources = 0;
  for (const auto& [type, of_type] : examples()) {
    const DecodedExamples decoded = decode(type, of_type, {.depth = GetParam(), .raw_json = false});
    ASSERT_TRUE(decoded.records.rejects.empty()) << type;
    const std::vector<std::string> back = resources_of(decoded.records.tables.at(0));
    ASSERT_EQ(back.size(), of_type.size()) << type;
    for (std::size_t i = 0; i < back.size(); ++i) {
      EXPECT_TRUE(canonical_json(back[i]) == canonical_json(of_type[i].text)) << of_type[i].file << " at depth " << GetParam();
    }
    resources += back.size();
  }
  EXPECT_EQ(examples().size(), 140U);
  EXPECT_EQ(resources, 5306U);
}

INSTANTIATE_TEST_SUITE_P(AtDepth, EveryExampleComesBack, testing::Values(2, 3, 6));

std::string back(const std::string& type, const std::string& text, const fhir::SchemaOptions& options) {
  return resources_of(decode(type, {{"", text}}, options).records.tables.at(0)).at(0);
}

TEST(ResourceText, PutsRescuedValuesWhereTheyStood) {
  for (
      const char* text : {
          R"({"resourceType":"Patient","gender":7,"name":[{"use":1,"given":["a",2,null,"b"]},3,{}],"unknown":{"a":[1.10]},"a.b":{"c":1},"a\"[0]":2})",
          R"({"resourceType":"Patient","name":[{"period":{"start":5,"odd":true}}],"contact":[{"name":{"x y":1}}],"active":"yes"})",
          R"({"resourceType":"Patient","meta":{"lastUpdated":"yesterday"},"multipleBirthInteger":1.5,"birthDate":"1970","_birthDate":{"id":"x"}})",
          R"({"resourceType":"Patient","maritalStatus":[],"contact":[{"name":{"given":["a",{"x":1}],"family":[]}}]})",
      }) {
    for (const int depth : {2, 3, 6}) {
      const std::string came = back("Patient", text, {.depth = depth, .raw_json = false});
      EXPECT_EQ(canonical_json(came), canonical_json(text)) << came;
    }
  }
}

TEST(ResourceText, GivesWhatIsNoFhirAsTheColumnsHaveIt) {
  EXPECT_EQ(back("Patient", R"({"resourceType":"Patient","id":"1","id":7,"gender":null,"name":{"family":"x"},"active":true,"active":1})",
                 {.raw_json = false}),
            R"({"resourceType":"Patient","id":"1","active":true,"name":[{"family":"x"}]})");
  EXPECT_EQ(back("Patient", R"({"resourceType":"Patient","address":{"0":1,"line":2,"period":{"start":true}}})", {.raw_json = false}),
            R"({"resourceType":"Patient","address":[{"line":2,"period":{"start":true},"0":1}]})");
}

TEST(ResourceText, KeepsInstantsAndBytesAsTheyWereSent) {
  const std::string text =
      R"({"resourceType":"Binary","id":"b","meta":{"lastUpdated":"2024-05-01T12:00:00.10+02:00"},"contentType":"text/plain","data":"Zm9v\nYmE="})";
  EXPECT_EQ(back("Binary", text, {.raw_json = false}), text);
  EXPECT_EQ(back("Binary", text, {.raw_json = true}),
            R"({"resourceType":"Binary","id":"b","meta":{"lastUpdated":"2024-05-01T10:00:00.100Z"},"contentType":"text/plain","data":"Zm9vYmE="})")
      << "where raw_json has the resource as it was sent, the columns need not";
}

TEST(ResourceText, WritesDecimalsOfAnyScale) {
  const std::string text =
      R"({"resourceType":"Observation","component":[{"valueQuantity":{"value":0.5}},{"valueQuantity":{"value":-12.000001}},{"valueQuantity":{"value":1e3}},)"
      R"({"valueQuantity":{"value":0}},{"valueQuantity":{"value":172.81834583921852}},{"valueQuantity":{"value":12345678901234567890}}]})";
  for (const int scale : {0, 3, 12, 18, 30}) {
    const std::string came = back("Observation", text, {.raw_json = false, .decimal_scale = scale});
    EXPECT_EQ(canonical_json(came), canonical_json(text)) << "at scale " << scale << ": " << came;
  }
}

TEST(ResourceText, SaysWhatRowsItCannotTake) {
  EXPECT_EQ(fhir::ResourceText::make(arrow::schema({arrow::field("id", arrow::utf8())})).error().message(), "the rows have no column resourceType");
  const auto types = arrow::schema({arrow::field("resourceType", arrow::utf8()), arrow::field("gender", arrow::float64())});
  arrow::StringBuilder type;
  arrow::DoubleBuilder gender;
  ASSERT_TRUE(type.AppendValues({"Patient", "Nobody"}).ok() && gender.AppendValues({1, 2}).ok());
  const arrow::ArrayVector columns = {type.Finish().ValueOrDie(), gender.Finish().ValueOrDie()};
  const auto rows = arrow::RecordBatch::Make(types, 2, columns);
  Result<fhir::ResourceText> text = fhir::ResourceText::make(types);
  std::string out;
  EXPECT_EQ(text->append(out, *rows, 0, "").error().message(), "the column gender has a type that FHIR's code does not come in");
  EXPECT_EQ(text->append(out, *rows, 1, "").error().message(), "a row's resourceType is no resource type of FHIR R4");
  EXPECT_EQ(text->append(out, *rows, 0, "[1]").error().kind(), ErrorKind::kData);
  EXPECT_EQ(out, "");
}

TEST(CanonicalJson, TellsDifferentValuesApart) {
  EXPECT_EQ(canonical_json(R"({"b":[1.50,-0,1e2],"a":"\u0041\/"})"), canonical_json(R"( { "a" : "A/", "b":[1.5, 0, 100.0] } )"));
  for (const char* other :
       {R"({"b":[1.51,-0,1e2],"a":"A/"})", R"({"b":[0,1.5,1e2],"a":"A/"})", R"({"b":[1.5,0,1e2],"a":"B/"})", R"({"b":[1.5,0,1e2]})"}) {
    EXPECT_NE(canonical_json(R"({"b":[1.50,-0,1e2],"a":"A/"})"), canonical_json(other));
  }
}

}  // namespace
}  // namespace lakeflow
