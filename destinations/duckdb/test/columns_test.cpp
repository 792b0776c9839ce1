// How a table's columns grow with its source, and where they can't.
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan plan_of(arrow::FieldVector fields) {
  ApplyPlan plan;
  plan.target = {"Odd \"schema\"", "odd 'table'"};
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

constexpr const char* kFrom = R"( FROM "Odd ""schema"""."odd 'table'" ORDER BY id)";

std::shared_ptr<arrow::DataType> name_type(bool grown) {
  arrow::FieldVector period = {arrow::field("start", arrow::utf8())};
  if (grown) period.insert(period.begin(), arrow::field("end", arrow::utf8()));
  arrow::FieldVector name = {arrow::field("use", arrow::utf8()), arrow::field("period", arrow::struct_(period))};
  if (grown) name.insert(name.begin() + 1, arrow::field("odd \"member\"", arrow::list(arrow::utf8())));
  return arrow::struct_(name);
}

class ColumnsTest : public DuckDbTest {
 protected:
  std::unique_ptr<Destination> destination_ = open();
};

TEST_F(ColumnsTest, NewColumnsAreAddedAndNullInOldRows) {
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int64()), arrow::field("a", arrow::utf8())}), {R"([{"id":1,"a":"x"}])"}),
            "1 inserted\n");
  EXPECT_EQ(apply_text(*destination_,
                       plan_of({arrow::field("new \"one\"", arrow::date32()), arrow::field("id", arrow::int64()), arrow::field("a", arrow::utf8())}),
                       {R"([{"id":2,"a":"y","new \"one\"":1}])"}),
            "1 inserted\n");
  // A column that the source has no more stays.
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int64())}), {R"([{"id":3}])"}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, std::string("SELECT *") + kFrom), "1 | x | null\n2 | y | 1970-01-02\n3 | null | null\n");
}

TEST_F(ColumnsTest, StructsGrowInPlaceAndInLists) {
  EXPECT_EQ(apply_text(*destination_,
                       plan_of({arrow::field("id", arrow::int64()), arrow::field("name", name_type(false)),
                                arrow::field("names", arrow::list(name_type(false)))}),
                       {R"([{"id":1,"name":{"use":"u","period":{"start":"s"}},"names":[{"use":"u","period":{"start":"s"}}]}])"}),
            "1 inserted\n");
  EXPECT_EQ(apply_text(*destination_,
                       plan_of({arrow::field("id", arrow::int64()), arrow::field("name", name_type(true)),
                                arrow::field("names", arrow::list(name_type(true)))}),
                       {R"([{"id":2,"name":{"use":"U","odd \"member\"":["m"],"period":{"end":"E","start":"S"}},
                             "names":[{"use":"U","odd \"member\"":["m"],"period":{"end":"E","start":"S"}},null]}])"}),
            "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, std::string("SELECT name::VARCHAR, names::VARCHAR") + kFrom),
            "{'use': u, 'period': {'start': s, 'end': NULL}, 'odd \"member\"': NULL} | [{'use': u, 'period': {'start': s, 'end': NULL}, 'odd "
            "\"member\"': NULL}]\n"
            "{'use': U, 'period': {'start': S, 'end': E}, 'odd \"member\"': [m]} | [{'use': U, 'period': {'start': S, 'end': E}, 'odd \"member\"': "
            "[m]}, NULL]\n");
}

TEST_F(ColumnsTest, AWiderColumnTakesNarrowerValues) {
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int64()), arrow::field("v", arrow::decimal128(20, 5))}),
                       {R"([{"id":1,"v":"1.00000"}])"}),
            "1 inserted\n");
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int32()), arrow::field("v", arrow::decimal128(10, 2))}),
                       {R"([{"id":2,"v":"2.50"}])"}),
            "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, std::string("SELECT id, v") + kFrom), "1 | 1.00000\n2 | 2.50000\n");
}

// The type of a column of the Odd table.
std::string type_of(Destination& destination, const std::string& column) {
  return query_text(destination, "SELECT data_type FROM duckdb_columns() WHERE table_name = 'odd ''table''' AND column_name = '" + column + "'");
}

TEST_F(ColumnsTest, ANarrowColumnIsWidenedAndKeepsItsValues) {
  const auto struct_with = [](const std::shared_ptr<arrow::DataType>& rank) { return arrow::struct_({arrow::field("rank", rank)}); };
  EXPECT_EQ(apply_text(*destination_,
                       plan_of({arrow::field("id", arrow::int32()), arrow::field("v", arrow::decimal128(10, 4)), arrow::field("f", arrow::float32()),
                                arrow::field("name", struct_with(arrow::int16())), arrow::field("names", arrow::list(struct_with(arrow::int16())))}),
                       {R"([{"id":1,"v":"1.2500","f":0.5,"name":{"rank":7},"names":[{"rank":8},null]}])"}),
            "1 inserted\n");
  const ApplyPlan wider =
      plan_of({arrow::field("id", arrow::int64()), arrow::field("v", arrow::decimal128(12, 2)), arrow::field("f", arrow::float64()),
               arrow::field("name", struct_with(arrow::int64())),
               arrow::field("names", arrow::list(arrow::struct_({arrow::field("use", arrow::utf8()), arrow::field("rank", arrow::int64())})))});
  {
    const auto transaction = *destination_->begin();
    const auto changes = transaction->prepare_table(wider);
    ASSERT_TRUE(changes) << text_of(changes.error());
    EXPECT_EQ(*changes,
              (std::vector<std::string>{"column id was widened: INTEGER to BIGINT", "column v was widened: DECIMAL(10,4) to DECIMAL(14,4)",
                                        "column f was widened: FLOAT to DOUBLE", "column name.rank was widened: SMALLINT to BIGINT",
                                        "column names.element.use was added", "column names.element.rank was widened: SMALLINT to BIGINT"}));
    ASSERT_TRUE(transaction->apply(wider, slice_of(wider, R"([{"id":5000000000,"v":"1234567890.12","f":1e300,"name":{"rank":5000000000},
                                                             "names":[{"use":"u","rank":5000000000}]}])")));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination_, std::string("SELECT id, v, f, name::VARCHAR, names::VARCHAR") + kFrom),
            "1 | 1.2500 | 0.5 | {'rank': 7} | [{'rank': 8, 'use': NULL}, NULL]\n"
            "5000000000 | 1234567890.1200 | 1e+300 | {'rank': 5000000000} | [{'rank': 5000000000, 'use': u}]\n");
  const auto again = *destination_->begin();
  EXPECT_EQ(again->prepare_table(wider), std::vector<std::string>());
}

TEST_F(ColumnsTest, ADecimalThatWouldNeedMoreDigitsThanThereAreIsAConflict) {
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("v", arrow::decimal128(38, 18))}), {"[]"}), "nothing\n");
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("v", arrow::decimal128(38, 2))}), {"[]"}),
            "user: table Odd \"schema\".odd 'table' can't take the source's rows: column v: DECIMAL(38,18) can't take DECIMAL(38,2) / "
            "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table");
}

TEST_F(ColumnsTest, ATableThatMayNotGrowSaysWhatItLacks) {
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int32()), arrow::field("name", name_type(false))}), {"[]"}), "nothing\n");
  const auto refusal = [&](arrow::FieldVector fields) {
    ApplyPlan plan = plan_of(std::move(fields));
    plan.may_grow = false;
    const std::string text = apply_text(*destination_, plan, {"[]"});
    const std::string beginning = "user: table Odd \"schema\".odd 'table' keeps its columns by its schema_contract, and the source now needs more: ";
    return text.starts_with(beginning) ? text.substr(beginning.size(), text.find(" / ") - beginning.size()) : text;
  };
  EXPECT_EQ(refusal({arrow::field("id", arrow::int32()), arrow::field("b", arrow::utf8())}), "column b");
  EXPECT_EQ(refusal({arrow::field("id", arrow::int64())}), "a wider column id: INTEGER to BIGINT");
  EXPECT_EQ(refusal({arrow::field("name", name_type(true))}), "column name.odd \"member\"");
  EXPECT_EQ(refusal({arrow::field("id", arrow::int16())}), "nothing\n");  // a column gone, and one that is wide enough
  EXPECT_EQ(type_of(*destination_, "id"), "INTEGER\n");
}

TEST_F(ColumnsTest, AColumnThatCanNotTakeItsValuesIsNamed) {
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int64()), arrow::field("names", arrow::list(name_type(false)))}), {"[]"}),
            "nothing\n");
  const auto changed = arrow::list(arrow::struct_({arrow::field("use", arrow::utf8()), arrow::field("period", arrow::utf8())}));
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::int64()), arrow::field("names", changed)}), {"[]"}),
            "user: table Odd \"schema\".odd 'table' can't take the source's rows: column names.element.period: STRUCT(\"start\" VARCHAR) "
            "can't take VARCHAR / "
            "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table");
  EXPECT_EQ(apply_text(*destination_, plan_of({arrow::field("id", arrow::utf8())}), {"[]"}),
            "user: table Odd \"schema\".odd 'table' can't take the source's rows: column id: BIGINT can't take VARCHAR / "
            "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table");
}

TEST_F(ColumnsTest, AResetMakesTheTableAsThePlanHasIt) {
  EXPECT_EQ(
      apply_text(*destination_, plan_of({arrow::field("id", arrow::int64()), arrow::field("gone", arrow::utf8())}), {R"([{"id":1,"gone":"x"}])"}),
      "1 inserted\n");
  const ApplyPlan plan = plan_of({arrow::field("id", arrow::utf8())});
  const StateOwner owner = {"p", "t", plan.target.text()};
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->reset_table(owner, plan));
    EXPECT_EQ(*transaction->count_rows(plan.target), 0U);
    ASSERT_TRUE(transaction->apply(plan, slice_of(plan, R"([{"id":"now a text"}])")));
    // What others see until the commit.
    EXPECT_EQ(query_text(*destination_, std::string("SELECT *") + kFrom), "1 | x\n");
  }
  EXPECT_EQ(query_text(*destination_, std::string("SELECT *") + kFrom), "1 | x\n");
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->reset_table(owner, plan));
    ASSERT_TRUE(transaction->prepare_table(plan));
    ASSERT_TRUE(transaction->apply(plan, slice_of(plan, R"([{"id":"now a text"}])")));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination_, std::string("SELECT *") + kFrom), "now a text\n");
}

TEST_F(ColumnsTest, DescriptionsBecomeComments) {
  const auto described = arrow::field("id", arrow::int64(), true, arrow::key_value_metadata({"lakeflow.description"}, {"The patient's number"}));
  EXPECT_EQ(apply_text(*destination_, plan_of({described}), {"[]"}), "nothing\n");
  EXPECT_EQ(query_text(*destination_, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'odd ''table''' ORDER BY 1"),
            "id | The patient's number\n");
}

}  // namespace
}  // namespace lakeflow::testing
