// Queries: lazily, beside a transaction, and reading only.
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan number_plan() {
  ApplyPlan plan;
  plan.target = {"main", "numbers"};
  plan.schema = arrow::schema({arrow::field("i", arrow::int64())});
  return plan;
}

class QueryTest : public DuckDbTest {
 protected:
  std::unique_ptr<Destination> destination_ = open();
};

TEST_F(QueryTest, RowsComeAsTheyAreAskedFor) {
  // A result that fits into no memory: only its beginning is computed.
  const auto reader = destination_->query("SELECT i, i::VARCHAR || repeat('x', 1000) AS t FROM range(1000000000) r(i)");
  ASSERT_TRUE(reader) << text_of(reader.error());
  EXPECT_EQ((*reader)->schema()->ToString(), "i: int64\nt: string");
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE((*reader)->ReadNext(&batch).ok());
  EXPECT_GT(batch->num_rows(), 0);
}

TEST_F(QueryTest, TypesArriveAsTheyAre) {
  const auto reader = destination_->query(
      "SELECT 1::BIGINT a, 1.5::DECIMAL(10,2) b, now() c, DATE '2024-01-01' d, {'x': [1::BIGINT]} e, MAP {'k': 1.0::DOUBLE} f, 'b'::BLOB g, true h, "
      "sum(1::BIGINT) i");
  ASSERT_TRUE(reader) << text_of(reader.error());
  EXPECT_EQ((*reader)->schema()->ToString(),
            "a: int64\nb: decimal128(10, 2)\nc: timestamp[us, tz=UTC]\nd: date32[day]\ne: struct<x: list<l: int64>>\nf: map<string, double>\ng: "
            "binary\nh: bool\n"
            "i: decimal128(38, 0)");
}

TEST_F(QueryTest, SeesWhatWasCommittedWhileATransactionIsOpen) {
  EXPECT_EQ(apply_text(*destination_, number_plan(), {R"([{"i":1}])"}), "1 inserted\n");
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->prepare_table(number_plan()));
    ASSERT_TRUE(transaction->apply(number_plan(), slice_of(number_plan(), R"([{"i":2}])")));
    EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM numbers"), "1\n");
    EXPECT_EQ(*transaction->count_rows(number_plan().target), 2U);
    const auto begun_before = destination_->query("SELECT count(*) AS n FROM numbers");
    ASSERT_TRUE(begun_before);
    ASSERT_TRUE(transaction->commit());
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_TRUE((*begun_before)->ReadNext(&batch).ok());
    EXPECT_EQ(batch->column(0)->GetScalar(0).ValueOrDie()->ToString(), "1");
  }
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM numbers"), "2\n");
}

TEST_F(QueryTest, WrongSqlIsTheUsersMistakeWithItsPlace) {
  EXPECT_EQ(query_text(*destination_, "SELECT nam FROM (SELECT 1 AS name)"),
            "user: the query failed: Binder Error: Referenced column \"nam\" not found in FROM clause!\nCandidate bindings: \"name\"\n\n"
            "LINE 1: SELECT nam FROM (SELECT 1 AS name)\n               ^ / ");
  EXPECT_EQ(query_text(*destination_, "SELECT 1; SELECT 2"), "user: a query is one statement, and here are several / Run them one by one");
  EXPECT_EQ(query_text(*destination_, "  "), "user: the query is empty / ");
}

TEST_F(QueryTest, ReadsOnly) {
  const std::string refused = "user: a query can't change the destination / Only SELECT, and what else reads, is allowed";
  for (const char* sql : {"CREATE TABLE t (i INT)", "DELETE FROM _lakeflow.version", "DROP SCHEMA _lakeflow CASCADE", "ATTACH 'x.db'", "COMMIT"}) {
    EXPECT_EQ(query_text(*destination_, sql), refused) << sql;
  }
  EXPECT_EQ(query_text(*destination_, "COPY (SELECT 1) TO 'x.csv'"),
            "user: a query reaches the destination's own tables and no other files / Read other files with a tool of their own");
  EXPECT_EQ(query_text(*destination_, "SELECT * FROM lakeflow_rows(1)").substr(0, 24), "user: the query failed: ");
  EXPECT_EQ(query_text(*destination_, "EXPLAIN SELECT 1").substr(0, 5), "physi");
}

}  // namespace
}  // namespace lakeflow::testing
