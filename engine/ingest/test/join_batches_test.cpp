#include "engine/ingest/join_batches.h"

#include <arrow/array/array_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

const std::shared_ptr<arrow::Schema> kSchema = arrow::schema(
    {arrow::field("id", arrow::utf8()), arrow::field("n", arrow::int64()), arrow::field("good", arrow::boolean()),
     arrow::field("amount", arrow::decimal128(38, 18)),
     arrow::field("never", arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::list(arrow::int64()))})),
     arrow::field("code", arrow::list(arrow::struct_({arrow::field("system", arrow::utf8()), arrow::field("never", arrow::binary()),
                                                      arrow::field("deep", arrow::list(arrow::struct_({arrow::field("x", arrow::date32())})))}))),
     arrow::field("of", arrow::map(arrow::utf8(), arrow::struct_({arrow::field("y", arrow::float64())})))});

std::shared_ptr<arrow::RecordBatch> batch_of(const char* json) {
  const auto rows = arrow::json::ArrayFromJSONString(arrow::struct_(kSchema->fields()), json).ValueOrDie();
  return arrow::RecordBatch::FromStructArray(rows).ValueOrDie();
}

// By members as they are in FHIR: most never, some in one batch only.
const arrow::RecordBatchVector kBatches = {
    batch_of(R"([{"id":"1","n":1,"good":true,"code":[{"system":"s"},null,{"system":"t","deep":[{"x":7},{}]}],"of":[["k",{"y":1.5}]]},{"id":"2"}])"),
    batch_of("[]"), batch_of(R"([{"id":"3"},{},{"id":"5","never":{}},{"id":"6","amount":"1.500000000000000000","code":[],"good":false}])"),
    batch_of(R"([{"id":"7","code":[{"deep":[]}]},{"id":"8","n":8,"of":[["a",null],["b",{}]]}])")};

void expect_joined(const arrow::RecordBatchVector& batches) {
  const auto pool = BufferPool::make();
  const auto joined = join_batches(batches, *pool);
  ASSERT_TRUE(joined) << joined.error().message();
  const auto valid = (*joined)->ValidateFull();
  EXPECT_TRUE(valid.ok()) << valid.ToString();
  EXPECT_TRUE((*joined)->Equals(*arrow::ConcatenateRecordBatches(batches).ValueOrDie())) << (*joined)->ToString();
}

TEST(JoinBatches, GivesWhatArrowDoes) {
  expect_joined(kBatches);
  for (const auto& batch : kBatches) {
    expect_joined({batch, batch});
  }
}

TEST(JoinBatches, TakesPartsOfBatches) {
  arrow::RecordBatchVector parts;
  for (const auto& batch : kBatches) {
    for (std::int64_t row = batch->num_rows() - 1; row >= 0; --row) {
      parts.push_back(batch->Slice(row, 1));
      expect_joined({parts.back(), batch->Slice(0, row), batch->Slice(row)});
    }
  }
  expect_joined(parts);
}

TEST(JoinBatches, WhatHoldsOnlyNullsTakesNoMemoryForEachRow) {
  constexpr int kCopies = 1000;
  const auto pool = BufferPool::make();
  arrow::RecordBatchVector batches;
  for (int i = 0; i < kCopies; ++i) {
    batches.push_back(kBatches[3]);
  }
  const auto joined = join_batches(batches, *pool);
  ASSERT_TRUE(joined);
  const auto of_list = (*joined)->GetColumnByName("code")->data()->child_data[0]->child_data[1];
  ASSERT_EQ(of_list->length, kCopies);
  EXPECT_EQ(of_list->buffers[1]->data(), pool->zeros(1)->data());
  EXPECT_EQ(of_list->buffers[1]->size(), (of_list->length + 1) * 4);
}

}  // namespace
}  // namespace lakeflow
