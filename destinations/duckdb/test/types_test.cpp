// Every type that a table may have, through Arrow into a file and back.
#include <arrow/array/array_base.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "destinations/duckdb/test/duckdb_fixture.h"
#include "testing/destination/nested_rows.h"

namespace lakeflow::testing {
namespace {

ApplyPlan append_plan(arrow::FieldVector fields) {
  ApplyPlan plan;
  plan.target = {"clinic", "t"};
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

// The table's values after these rows, written, closed and opened again.
class TypesTest : public DuckDbTest {
 protected:
  std::string stored(const std::shared_ptr<arrow::DataType>& type, std::string_view values, std::string_view select = "v::VARCHAR") {
    const ApplyPlan plan = append_plan({arrow::field("i", arrow::int64()), arrow::field("v", type)});
    std::filesystem::remove(path());
    const std::string applied = apply_text(*open(), plan, {values});
    if (!applied.ends_with("inserted\n")) return applied;
    return query_text(*open(true), "SELECT " + std::string(select) + " FROM clinic.t ORDER BY i");
  }
};

TEST_F(TypesTest, Scalars) {
  EXPECT_EQ(stored(arrow::boolean(), R"([{"i":1,"v":true},{"i":2,"v":null},{"i":3,"v":false}])"), "true\nnull\nfalse\n");
  EXPECT_EQ(stored(arrow::int64(), R"([{"i":1,"v":9223372036854775807},{"i":2,"v":-9223372036854775808}])"),
            "9223372036854775807\n-9223372036854775808\n");
  EXPECT_EQ(stored(arrow::uint64(), R"([{"i":1,"v":18446744073709551615}])"), "18446744073709551615\n");
  EXPECT_EQ(stored(arrow::int8(), R"([{"i":1,"v":-128}])"), "-128\n");
  EXPECT_EQ(stored(arrow::float64(), R"([{"i":1,"v":NaN},{"i":2,"v":Inf},{"i":3,"v":-0.1},{"i":4,"v":-Inf}])"), "nan\ninf\n-0.1\n-inf\n");
  EXPECT_EQ(stored(arrow::decimal128(38, 10), R"([{"i":1,"v":"1234567890123456789012345678.0123456789"},{"i":2,"v":"-0.0000000001"}])"),
            "1234567890123456789012345678.0123456789\n-0.0000000001\n");
  EXPECT_EQ(stored(arrow::decimal128(5, 2), R"([{"i":1,"v":"-123.45"}])"), "-123.45\n");
  EXPECT_EQ(stored(arrow::date32(), R"([{"i":1,"v":0},{"i":2,"v":-719162}])"), "1970-01-01\n0001-01-01\n");
  EXPECT_EQ(stored(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), R"([{"i":1,"v":1714566600123456}])"), "2024-05-01 12:30:00.123456+00\n");
  EXPECT_EQ(stored(arrow::timestamp(arrow::TimeUnit::MICRO), R"([{"i":1,"v":1714566600123456}])"), "2024-05-01 12:30:00.123456\n");
  EXPECT_EQ(stored(arrow::timestamp(arrow::TimeUnit::MILLI, "Europe/Berlin"), R"([{"i":1,"v":1714566600123}])"), "2024-05-01 12:30:00.123+00\n");
  EXPECT_EQ(stored(arrow::time64(arrow::TimeUnit::MICRO), R"([{"i":1,"v":1}])"), "00:00:00.000001\n");
}

TEST_F(TypesTest, TextsAndBytes) {
  constexpr std::string_view kTexts =
      R"([{"i":1,"v":""},{"i":2,"v":"Grüße, 世界 🩺"},{"i":3,"v":null},{"i":4,"v":"more than the twelve bytes that lie in place"}])";
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view()}) {
    EXPECT_EQ(stored(type, kTexts), "\nGrüße, 世界 🩺\nnull\nmore than the twelve bytes that lie in place\n") << type->ToString();
  }
  for (const auto& type : {arrow::binary(), arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_EQ(stored(type, R"([{"i":1,"v":"a\u0000b"}])", "hex(v)"), "610062\n") << type->ToString();
  }
}

TEST_F(TypesTest, NestedValues) {
  const auto name = arrow::struct_({arrow::field("use", arrow::utf8()), arrow::field("given", arrow::list(arrow::utf8()))});
  EXPECT_EQ(
      stored(
          name,
          R"([{"i":1,"v":{"use":"official","given":["A","B"]}},{"i":2,"v":null},{"i":3,"v":{"use":null,"given":null}},{"i":4,"v":{"use":null,"given":[]}}])"),
      "{'use': official, 'given': [A, B]}\nnull\n{'use': NULL, 'given': NULL}\n{'use': NULL, 'given': []}\n");
  EXPECT_EQ(stored(arrow::list(name), R"([{"i":1,"v":[{"use":"x","given":[null,"G"]},null]},{"i":2,"v":[]},{"i":3,"v":null}])"),
            "[{'use': x, 'given': [NULL, G]}, NULL]\n[]\nnull\n");
  EXPECT_EQ(stored(arrow::map(arrow::utf8(), arrow::int64()), R"([{"i":1,"v":[["a",1],["b",null]]},{"i":2,"v":null}])"), "{a=1, b=NULL}\nnull\n");
  EXPECT_EQ(stored(arrow::list(arrow::list(arrow::decimal128(28, 3))), R"([{"i":1,"v":[["1.500"],[]]}])"), "[[1.500], []]\n");
}

TEST_F(TypesTest, ASliceOfABatchGivesItsOwnRows) {
  const ApplyPlan plan =
      append_plan({arrow::field("i", arrow::int64()), arrow::field("v", arrow::list(arrow::struct_({arrow::field("s", arrow::utf8())})))});
  const ChangeSlice whole = slice_of(plan, R"([{"i":1,"v":[{"s":"a"}]},{"i":2,"v":[{"s":"b"},{"s":"c"}]},{"i":3,"v":null},{"i":4,"v":[{"s":"d"}]}])");
  const auto destination = open();
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->prepare_table(plan));
    ASSERT_TRUE(transaction->apply(plan, {whole.rows->Slice(1, 3), nullptr}));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination, "SELECT i, v::VARCHAR FROM clinic.t ORDER BY i"), "2 | [{'s': b}, {'s': c}]\n3 | null\n4 | [{'s': d}]\n");
}

// More rows than DuckDB takes at once, and from the middle of a batch: structs in structs of such a block have offsets.
TEST_F(TypesTest, NestedValuesOfManyRowsAreEachTheirOwnRows) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    const ApplyPlan plan =
        append_plan({arrow::field("id", arrow::int64()), arrow::field("v", nested_type(seed)), arrow::field("w", nested_type(seed + 100))});
    const auto rows = nested_rows(plan.schema, 5000, seed)->Slice(13);
    std::filesystem::remove(path());
    const auto destination = open();
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->prepare_table(plan));
    ASSERT_TRUE(transaction->apply(plan, {rows, nullptr}));
    ASSERT_TRUE(transaction->commit());
    ASSERT_EQ(difference(*destination, "SELECT * FROM clinic.t", *rows), "") << "seed " << seed << ", " << plan.schema->ToString();
  }
}

TEST_F(TypesTest, AListsElementsMayBeginInTheMiddleOfAnother) {
  const auto element = arrow::struct_({arrow::field("a", arrow::struct_({arrow::field("s", arrow::utf8())}))});
  const auto elements =
      rows_of(arrow::schema({arrow::field("e", element)}), R"([{"e":{"a":{"s":"x"}}},{"e":{"a":{"s":"y"}}},{"e":{"a":{"s":"z"}}}])");
  const auto ids = rows_of(arrow::schema({arrow::field("i", arrow::int32())}), R"([{"i":0},{"i":1},{"i":2}])");
  const auto lists = arrow::ListArray::FromArrays(*ids->column(0), *elements->column(0)->Slice(1)).ValueOrDie();
  const ApplyPlan plan = append_plan({arrow::field("v", arrow::list(element))});
  const auto destination = open();
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->prepare_table(plan));
    ASSERT_TRUE(transaction->apply(plan, {arrow::RecordBatch::Make(plan.schema, 2, {lists}), nullptr}));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination, "SELECT v::VARCHAR FROM clinic.t"), "[{'a': {'s': y}}]\n[{'a': {'s': z}}]\n");
}

TEST_F(TypesTest, AWideTableWithNothingInItsColumns) {
  arrow::FieldVector fields = {arrow::field("id", arrow::utf8())};
  const auto kind =
      arrow::list(arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::decimal128(28, 10)),
                                  arrow::field("c", arrow::struct_({arrow::field("d", arrow::boolean()), arrow::field("e", arrow::utf8())}))}));
  for (int i = 0; i < 500; ++i) fields.push_back(arrow::field("column_" + std::to_string(i), kind));
  const ApplyPlan plan = append_plan(fields);
  EXPECT_EQ(apply_text(*open(), plan, {R"([{"id":"a"},{"id":"b","column_499":[{"a":"x","b":"1.0000000000","c":{"d":true,"e":"y"}}]}])"}),
            "2 inserted\n");
  EXPECT_EQ(query_text(*open(true), "SELECT id, column_0::VARCHAR, column_499[1].c.e FROM clinic.t ORDER BY id"), "a | null | null\nb | null | y\n");
}

TEST_F(TypesTest, WhatDuckDbCanNotHoldIsRefusedByName) {
  const auto destination = open();
  EXPECT_EQ(text_of(destination->accepts(append_plan({arrow::field("v", arrow::list(arrow::decimal256(50, 2)))})).error()),
            "user: table clinic.t, column v: DuckDB has no column for the type decimal256(50, 2) / ");
  EXPECT_EQ(text_of(destination->accepts(append_plan({arrow::field("Name", arrow::utf8()), arrow::field("name", arrow::utf8())})).error()),
            "user: table clinic.t has two columns named name, case aside, which DuckDB takes for one / ");
  EXPECT_EQ(
      text_of(
          destination->accepts(append_plan({arrow::field("v", arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("A", arrow::utf8())}))}))
              .error()),
      "user: table clinic.t, column v: two members of a struct are named A, case aside / ");
  ApplyPlan own = append_plan({arrow::field("v", arrow::utf8())});
  own.target.schema = "_lakeflow";
  EXPECT_EQ(text_of(destination->accepts(own).error()), "user: table _lakeflow.t: the schema _lakeflow is the framework's own / ");
}

}  // namespace
}  // namespace lakeflow::testing
