#include "engine/plan/table_plan.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "destinations/interface/framework_columns.h"

namespace lakeflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const auto kUpdated = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");

std::shared_ptr<arrow::Schema> patient_schema() {
  return arrow::schema({
      arrow::field("id", arrow::utf8()),
      arrow::field("meta", arrow::struct_({arrow::field("lastUpdated", kUpdated), arrow::field("rank", arrow::float64())})),
      arrow::field("name", arrow::list(arrow::utf8())),
      arrow::field("weight", arrow::float64()),
  });
}

PipelineTable patient_table() {
  PipelineTable table;
  table.source_table = "Patient";
  table.destination = {"bronze", "patients"};
  table.place = "clinic.yaml:4:12";
  return table;
}

TableMetadata patient_metadata(IngestionType type = IngestionType::kCdc) {
  return {.ingestion_type = type, .primary_keys = {"id"}, .cursor_field = "meta.lastUpdated", .subject_field = ""};
}

std::string refusal(const PipelineTable& table, const TableMetadata& metadata, const std::shared_ptr<arrow::Schema>& schema = patient_schema()) {
  const Result<TablePlan> plan = TablePlan::make(table, metadata, schema);
  return plan ? "none" : std::string(error_kind_name(plan.error().kind())) + ": " + plan.error().message() + " -> " + plan.error().next_step();
}

TEST(TablePlan, TheModeIsThatOfTheIngestionTypeUnlessThePipelineWantsAnother) {
  const auto mode = [](IngestionType type, std::optional<ScdType> scd_type) -> std::optional<ApplyMode> {
    PipelineTable table = patient_table();
    table.scd_type = scd_type;
    const Result<TablePlan> plan = TablePlan::make(table, patient_metadata(type), patient_schema());
    return plan ? std::optional(plan->apply_plan().mode) : std::nullopt;
  };
  using enum IngestionType;
  EXPECT_EQ(mode(kSnapshot, {}), ApplyMode::kSnapshot);
  EXPECT_EQ(mode(kCdc, {}), ApplyMode::kChanges);
  EXPECT_EQ(mode(kCdcWithDeletes, {}), ApplyMode::kChanges);
  EXPECT_EQ(mode(kAppend, {}), ApplyMode::kAppend);
  EXPECT_EQ(mode(kSnapshot, ScdType::kType1), ApplyMode::kSnapshot);
  EXPECT_EQ(mode(kCdc, ScdType::kType1), ApplyMode::kChanges);
  EXPECT_EQ(mode(kAppend, ScdType::kType1), ApplyMode::kChanges);
  EXPECT_EQ(mode(kCdc, ScdType::kAppendOnly), ApplyMode::kAppend);
  EXPECT_EQ(mode(kAppend, ScdType::kAppendOnly), ApplyMode::kAppend);
  EXPECT_EQ(mode(kSnapshot, ScdType::kAppendOnly), std::nullopt);
  EXPECT_EQ(mode(kCdc, ScdType::kType2), ApplyMode::kChanges);
  EXPECT_EQ(mode(kAppend, ScdType::kType2), ApplyMode::kChanges);
  EXPECT_EQ(mode(kSnapshot, ScdType::kType2), ApplyMode::kSnapshot);
}

TEST(TablePlan, WithHistoryTheLastColumnsSayFromWhereToWhereAVersionStands) {
  PipelineTable table = patient_table();
  EXPECT_EQ(TablePlan::make(table, patient_metadata(), patient_schema())->apply_plan().history, HistoryMode::kCurrent);
  table.scd_type = ScdType::kType2;
  const auto ends = [&](IngestionType type) {
    const ApplyPlan plan = TablePlan::make(table, patient_metadata(type), patient_schema(), 77).value().apply_plan();
    EXPECT_EQ(plan.history, HistoryMode::kVersions);
    EXPECT_EQ(plan.snapshot_at, 77);
    const arrow::FieldVector& fields = plan.schema->fields();
    EXPECT_EQ(fields[fields.size() - 2]->name(), "__START_AT");
    EXPECT_EQ(fields.back()->name(), "__END_AT");
    EXPECT_TRUE(fields[fields.size() - 2]->type()->Equals(fields.back()->type()));
    return fields.back()->type()->ToString();
  };
  EXPECT_EQ(ends(IngestionType::kCdc), "timestamp[us, tz=UTC]");
  table.sequence_by = {"weight"};
  EXPECT_EQ(ends(IngestionType::kCdc), "double");
  EXPECT_EQ(ends(IngestionType::kSnapshot), "timestamp[us, tz=UTC]");
  table.sequence_by = {"meta.lastUpdated", "weight"};
  EXPECT_EQ(ends(IngestionType::kCdc), "struct<meta.lastUpdated: timestamp[us, tz=UTC], weight: double>");
}

TEST(TablePlan, WhatThePipelineSaysGoesBeforeTheSource) {
  PipelineTable table = patient_table();
  const Result<TablePlan> source = TablePlan::make(table, patient_metadata(), patient_schema());
  ASSERT_TRUE(source);
  EXPECT_THAT(source->apply_plan().key_columns, ElementsAre("id"));
  EXPECT_THAT(source->apply_plan().sequence_columns, ElementsAre("meta.lastUpdated"));
  EXPECT_EQ(source->apply_plan().target.text(), "bronze.patients");

  const auto schema =
      arrow::schema({arrow::field("site", arrow::int64()), arrow::field("number", arrow::utf8()), arrow::field("version", arrow::int64())});
  table.primary_keys = {"site", "number"};
  table.sequence_by = {"version", "number"};
  const Result<TablePlan> pipeline = TablePlan::make(table, patient_metadata(), schema);
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_THAT(pipeline->apply_plan().key_columns, ElementsAre("site", "number"));
  EXPECT_THAT(pipeline->apply_plan().sequence_columns, ElementsAre("version", "number"));
}

TEST(TablePlan, TheFrameworksColumnsComeAfterTheSources) {
  EXPECT_THAT(TablePlan::make(patient_table(), patient_metadata(), patient_schema())->apply_plan().schema->field_names(),
              ElementsAre("id", "meta", "name", "weight", "_rescued_data", "_source_file", "_source_position", "_ingestion_timestamp", "_run_id",
                          "_content_hash"));
  const TablePlan append = TablePlan::make(patient_table(), patient_metadata(IngestionType::kAppend), patient_schema()).value();
  EXPECT_EQ(append.apply_plan().schema->GetFieldIndex(std::string(kContentHashColumn)), -1);
  EXPECT_THAT(append.apply_plan().key_columns, IsEmpty());
}

TEST(TablePlan, MistakesAreNamedWithTheirPlace) {
  TableMetadata metadata = patient_metadata();
  EXPECT_EQ(refusal(patient_table(), metadata), "none");

  PipelineTable table = patient_table();
  table.primary_keys = {"idd"};
  EXPECT_EQ(refusal(table, metadata), "user: clinic.yaml:4:12: primary key of table Patient: there is no column idd -> did you mean id?");
  table.primary_keys = {"meta.rank"};
  EXPECT_THAT(refusal(table, metadata), HasSubstr("primary key meta.rank of table Patient lies in a struct"));
  table.primary_keys = {"name"};
  EXPECT_THAT(refusal(table, metadata), HasSubstr("primary key name of table Patient has the type list<"));
  table.primary_keys = {"weight"};
  EXPECT_THAT(refusal(table, metadata), HasSubstr("primary key weight of table Patient has the type double"));

  table = patient_table();
  table.sequence_by = {"meta.lastUpdate"};
  EXPECT_EQ(refusal(table, metadata),
            "user: clinic.yaml:4:12: sequence of table Patient: there is no column meta.lastUpdate -> did you mean meta.lastUpdated?");
  table.sequence_by = {"id.x"};
  EXPECT_THAT(refusal(table, metadata), HasSubstr("there is no column id.x: id is no struct but string"));
  table.sequence_by = {"meta"};
  EXPECT_THAT(refusal(table, metadata), HasSubstr("sequence meta of table Patient has the type struct<"));

  table = patient_table();
  table.cluster_by = {"id", "wait"};
  EXPECT_EQ(refusal(table, metadata),
            "user: clinic.yaml:4:12: cluster_by of table Patient: there is no column wait -> there are: id, meta, name, weight");

  table = patient_table();
  table.track_history_except = {"weight"};
  EXPECT_EQ(refusal(table, metadata),
            "user: clinic.yaml:4:12: table Patient keeps no history of changes: track_history_except has no meaning -> take it out, or set scd_type: "
            "SCD_TYPE_2 for a table of changes in the table's table_configuration");
  table.scd_type = ScdType::kType2;
  EXPECT_EQ(refusal(table, metadata), "none");
  EXPECT_THAT(refusal(table, patient_metadata(IngestionType::kSnapshot)), HasSubstr("track_history_except has no meaning"));
  table.track_history_except = {"meta.rang"};
  EXPECT_EQ(refusal(table, metadata),
            "user: clinic.yaml:4:12: track_history_except of table Patient: there is no column meta.rang -> did you mean meta.rank?");

  metadata.primary_keys = {};
  EXPECT_EQ(refusal(patient_table(), metadata),
            "user: clinic.yaml:4:12: table Patient has no primary key -> name its columns as primary_keys in the table's table_configuration");
  metadata = patient_metadata();
  metadata.cursor_field = "";
  EXPECT_EQ(refusal(patient_table(), metadata),
            "user: clinic.yaml:4:12: table Patient has nothing that orders the versions of a row -> name columns as sequence_by in the table's "
            "table_configuration");

  const auto clash = arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("_run_id", arrow::utf8())});
  EXPECT_THAT(refusal(patient_table(), patient_metadata(IngestionType::kSnapshot), clash),
              HasSubstr("internal: clinic.yaml:4:12: the source's schema has a column _run_id"));
}

// Five patients of which two can't be placed, from two files.
class PrepareTest : public ::testing::Test {
 protected:
  PrepareTest() {
    raw_.origins = {"a.ndjson", "folder/b.ndjson"};
    for (const auto& [origin, position] : {std::pair(0U, 0U), {0U, 120U}, {1U, 0U}, {1U, 77U}, {1U, 99U}}) {
      raw_.records.push_back({.bytes = "{}", .operation = Operation::kUpsert, .origin = origin, .position = position});
    }
    const auto rows = arrow::json::ArrayFromJSONString(arrow::struct_(patient_schema()->fields()), R"([
      {"id":"p1", "meta":{"lastUpdated":"2024-01-01 00:00:01", "rank":1}, "name":["A","B"], "weight":70},
      {"id":null, "meta":{"lastUpdated":"2024-01-01 00:00:02", "rank":1}, "name":[], "weight":null},
      {"id":"p3", "meta":null, "name":null, "weight":1},
      {"id":"p4", "meta":{"lastUpdated":"2024-01-01 00:00:04", "rank":1}, "name":null, "weight":null},
      {"id":"p5", "meta":{"lastUpdated":"2024-01-01 00:00:05", "rank":1}, "name":["C"], "weight":null}])");
    decoded_.rows = arrow::RecordBatch::FromStructArray(rows.ValueOrDie()).ValueOrDie();
    decoded_.rescued = std::static_pointer_cast<arrow::StringArray>(
        arrow::json::ArrayFromJSONString(arrow::utf8(), R"([null, "{\"gone\":1}", null, "{\"x\":[1]}", null])").ValueOrDie());
    decoded_.records = {0, 1, 2, 3, 4};
  }

  Result<PreparedRows> prepare(IngestionType type, PipelineTable table = patient_table()) const {
    return TablePlan::make(table, patient_metadata(type), patient_schema())
        ->prepare(decoded_, raw_, {.run_id = "run-7", .started_at = 1'700'000'000'000'000});
  }
  static std::vector<std::string> reasons(const PreparedRows& prepared) {
    std::vector<std::string> reasons;
    for (const Reject& reject : prepared.rejects) {
      reasons.push_back(std::to_string(reject.record) + " " + reject.reason + " " + reject.detail);
    }
    return reasons;
  }
  static std::string values(const arrow::RecordBatch& rows, const std::string& column) {
    std::string text;
    const auto values = rows.GetColumnByName(column);
    for (std::int64_t row = 0; row < values->length(); ++row) {
      text += (row == 0 ? "" : "|") + (values->IsNull(row) ? "null" : values->GetScalar(row).ValueOrDie()->ToString());
    }
    return text;
  }

  RawRecords raw_;
  DecodedTable decoded_;
};

TEST_F(PrepareTest, RowsWithoutKeyOrSequenceAreTakenOut) {
  const Result<PreparedRows> prepared = prepare(IngestionType::kCdc);
  ASSERT_TRUE(prepared) << prepared.error().message();
  EXPECT_THAT(reasons(*prepared), ElementsAre("1 missing_key column id", "2 missing_sequence column meta.lastUpdated"));
  EXPECT_EQ(prepared->rescued, 1U);
  const arrow::RecordBatch& rows = *prepared->slice.rows;
  ASSERT_TRUE(rows.ValidateFull().ok());
  EXPECT_EQ(values(rows, "id"), "p1|p4|p5");
  EXPECT_EQ(values(rows, "_rescued_data"), R"(null|{"x":[1]}|null)");
  EXPECT_EQ(values(rows, "_source_file"), "a.ndjson|folder/b.ndjson|folder/b.ndjson");
  EXPECT_EQ(values(rows, "_source_position"), "0|77|99");
  EXPECT_EQ(values(rows, "_ingestion_timestamp"), "2023-11-14 22:13:20.000000Z|2023-11-14 22:13:20.000000Z|2023-11-14 22:13:20.000000Z");
  EXPECT_EQ(values(rows, "_run_id"), "run-7|run-7|run-7");
  const arrow::RecordBatch& keys = *prepared->slice.keys;
  ASSERT_TRUE(keys.ValidateFull().ok());
  EXPECT_THAT(keys.schema()->field_names(), ElementsAre("key_0", "sequence_0", "delete", "content_hash"));
  EXPECT_EQ(values(keys, "key_0"), "p1|p4|p5");
  EXPECT_EQ(values(keys, "sequence_0"), "2024-01-01 00:00:01.000000Z|2024-01-01 00:00:04.000000Z|2024-01-01 00:00:05.000000Z");
  EXPECT_EQ(values(keys, "content_hash"), values(rows, "_content_hash"));
}

TEST_F(PrepareTest, DeletesAreMarked) {
  raw_.records[3].operation = Operation::kDelete;
  EXPECT_EQ(values(*prepare(IngestionType::kCdcWithDeletes)->slice.keys, "delete"), "false|true|false");
}

TEST_F(PrepareTest, ASnapshotHasNoSequenceAndNoDeletes) {
  raw_.records[4].operation = Operation::kDelete;
  const Result<PreparedRows> prepared = prepare(IngestionType::kSnapshot);
  ASSERT_TRUE(prepared);
  EXPECT_THAT(reasons(*prepared), ElementsAre("1 missing_key column id", "4 unexpected_delete "));
  EXPECT_EQ(values(*prepared->slice.rows, "id"), "p1|p3|p4");
  EXPECT_THAT(prepared->slice.keys->schema()->field_names(), ElementsAre("key_0", "delete", "content_hash"));
}

TEST_F(PrepareTest, AnAppendedRowNeedsItsKeyAndNothingElse) {
  const Result<PreparedRows> prepared = prepare(IngestionType::kAppend);
  ASSERT_TRUE(prepared);
  EXPECT_THAT(reasons(*prepared), ElementsAre("1 missing_key column id"));
  EXPECT_EQ(values(*prepared->slice.rows, "id"), "p1|p3|p4|p5");
  EXPECT_EQ(prepared->slice.keys, nullptr);
}

TEST_F(PrepareTest, NotANumberIsNoSequence) {
  PipelineTable table = patient_table();
  table.sequence_by = {"meta.rank"};
  const auto nan = std::make_shared<arrow::DoubleArray>(5, arrow::Buffer::FromVector(std::vector<double>{1, 2, 3, std::nan(""), 5}));
  const auto& meta = static_cast<const arrow::StructArray&>(*decoded_.rows->column(1));
  const auto changed = std::make_shared<arrow::StructArray>(meta.type(), 5, arrow::ArrayVector{meta.field(0), nan}, meta.null_bitmap());
  decoded_.rows =
      arrow::RecordBatch::Make(patient_schema(), 5, {decoded_.rows->column(0), changed, decoded_.rows->column(2), decoded_.rows->column(3)});
  EXPECT_THAT(reasons(*prepare(IngestionType::kCdc, table)),
              ElementsAre("1 missing_key column id", "2 missing_sequence column meta.rank", "3 missing_sequence column meta.rank"));
}

TEST_F(PrepareTest, SlicedRowsAndNoRowsAreRows) {
  const std::string whole = values(*prepare(IngestionType::kCdc)->slice.rows, "_content_hash");
  decoded_.rows = decoded_.rows->Slice(3, 2);
  decoded_.rescued = std::static_pointer_cast<arrow::StringArray>(decoded_.rescued->Slice(3, 2));
  decoded_.records = {3, 4};
  const Result<PreparedRows> two = prepare(IngestionType::kCdc);
  ASSERT_TRUE(two);
  EXPECT_EQ(whole, whole.substr(0, whole.find('|')) + "|" + values(*two->slice.rows, "_content_hash"));
  EXPECT_EQ(values(*two->slice.keys, "key_0"), "p4|p5");

  decoded_.rows = decoded_.rows->Slice(0, 0);
  decoded_.rescued = nullptr;
  decoded_.records = {};
  const Result<PreparedRows> none = prepare(IngestionType::kCdc);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->slice.rows->num_rows(), 0);
  EXPECT_TRUE(none->slice.rows->ValidateFull().ok());
}

TEST_F(PrepareTest, ADecoderThatBreaksItsContractIsFound) {
  decoded_.records = {0, 1, 2, 3, 5};
  EXPECT_EQ(prepare(IngestionType::kCdc).error().kind(), ErrorKind::kInternal);
  decoded_.records = {0, 1, 2, 3};
  EXPECT_EQ(prepare(IngestionType::kCdc).error().kind(), ErrorKind::kInternal);
  decoded_.records = {0, 1, 2, 3, 4};
  decoded_.rows = decoded_.rows->RemoveColumn(3).ValueOrDie();
  EXPECT_EQ(prepare(IngestionType::kCdc).error().kind(), ErrorKind::kInternal);
}

}  // namespace
}  // namespace lakeflow
