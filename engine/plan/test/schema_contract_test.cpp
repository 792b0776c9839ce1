// schema_contract: discard. What a table takes of a source that declares more than it has.
#include "engine/plan/schema_contract.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gmock/gmock.h>

namespace lakeflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<arrow::DataType> name_type(bool grown) {
  arrow::FieldVector period = {arrow::field("start", arrow::utf8())};
  if (grown) period.insert(period.begin(), arrow::field("end", arrow::utf8()));
  arrow::FieldVector name = {arrow::field("use", arrow::utf8()), arrow::field("period", arrow::struct_(period))};
  if (grown) name.insert(name.begin(), arrow::field("text", arrow::utf8()));
  return arrow::struct_(name);
}

const auto kSource = arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("born", arrow::date32()), arrow::field("name", name_type(true)),
                                    arrow::field("names", arrow::list(name_type(true)))});
// As a destination gives it: other cases, an order of its own, framework columns.
const auto kTable =
    arrow::schema({arrow::field("NAMES", arrow::list(name_type(false))), arrow::field("Id", arrow::utf8()), arrow::field("gone", arrow::int64()),
                   arrow::field("name", name_type(false)), arrow::field("_run_id", arrow::utf8())});

TEST(SchemaContract, KeepsTheColumnsAndMembersThatTheTableHas) {
  std::vector<std::string> left_out;
  const auto known = known_columns(*kSource, *kTable, left_out);
  EXPECT_TRUE(known->Equals(arrow::schema(
      {arrow::field("id", arrow::utf8()), arrow::field("name", name_type(false)), arrow::field("names", arrow::list(name_type(false)))})))
      << known->ToString();
  EXPECT_THAT(left_out, ElementsAre("born", "name.text", "name.period.end", "names.text", "names.period.end"));
}

TEST(SchemaContract, LeavesATableThatHasItAllAsItIs) {
  std::vector<std::string> left_out;
  EXPECT_TRUE(known_columns(*kSource, *kSource, left_out)->Equals(*kSource));
  EXPECT_THAT(left_out, IsEmpty());
}

TEST(SchemaContract, TakesTheRowsWithThoseColumnsAlone) {
  std::vector<std::string> left_out;
  const auto known = known_columns(*kSource, *kTable, left_out);
  const auto batch = [](const std::shared_ptr<arrow::Schema>& schema, std::string_view json) {
    return arrow::RecordBatch::FromStructArray(arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie()).ValueOrDie();
  };
  const auto rows = batch(kSource, R"([
    {"id": "0"},
    {"id": "a", "born": 7, "name": {"text": "T", "use": "u", "period": {"end": "E", "start": "S"}},
     "names": [{"text": "T", "use": "v", "period": null}, null, {"use": null, "period": {"end": "E", "start": "R"}}]},
    {"id": "b", "born": 8, "name": null, "names": []}])");
  // A slice, so that offsets count.
  const auto taken = take_columns(*rows->Slice(1), known);
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_TRUE((*taken)->Equals(*batch(known, R"([
    {"id": "a", "name": {"use": "u", "period": {"start": "S"}}, "names": [{"use": "v", "period": null}, null, {"use": null, "period": {"start": "R"}}]},
    {"id": "b", "name": null, "names": []}])")))
      << (*taken)->ToString();
  EXPECT_TRUE((*taken)->ValidateFull().ok());
}

TEST(SchemaContract, SaysWhatABatchLacks) {
  const auto rows = arrow::RecordBatch::MakeEmpty(arrow::schema({arrow::field("id", arrow::utf8())})).ValueOrDie();
  const auto taken = take_columns(*rows, kSource);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::kInternal);
}

}  // namespace
}  // namespace lakeflow
