// A transaction is ended from another thread, in the middle of what it does, but not in the middle of its commit.
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan number_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "numbers"};
  plan.schema = arrow::schema({arrow::field("i", arrow::int64())});
  return plan;
}

// Interrupts all the time, from its beginning to its end.
class Interrupter {
 public:
  explicit Interrupter(Destination& destination)
      : thread_([&destination](const std::stop_token& ended) {
          while (!ended.stop_requested()) {
            destination.interrupt();
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        }) {}

 private:
  std::jthread thread_;
};

class InterruptTest : public DuckDbTest {
 protected:
  const std::unique_ptr<Destination> destination_ = open();
  const ApplyPlan plan_ = number_plan();
  const std::string rows_ = R"([{"i":1},{"i":2},{"i":3}])";
};

TEST_F(InterruptTest, EndsACallAndNothingOfTheTransactionStands) {
  ASSERT_EQ(apply_text(*destination_, plan_, {rows_}), "3 inserted\n");
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->prepare_table(plan_));
    const ChangeSlice slice = slice_of(plan_, rows_);
    Result<ApplyCounts> applied = transaction->apply(plan_, slice);
    ASSERT_TRUE(applied);
    const Interrupter interrupter(*destination_);
    while (applied) applied = transaction->apply(plan_, slice);  // ends with one that an interrupt meets
    EXPECT_EQ(applied.error().kind(), ErrorKind::kInterrupted) << text_of(applied.error());
  }
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM clinic.numbers"), "3\n");
  EXPECT_EQ(apply_text(*destination_, plan_, {rows_}), "3 inserted\n");
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM clinic.numbers"), "6\n");
}

TEST_F(InterruptTest, LetsACommitAndAQueryGoOn) {
  const ChangeSlice slice = slice_of(plan_, rows_);
  constexpr int kCommits = 20;
  for (int i = 0; i < kCommits; ++i) {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->prepare_table(plan_));
    ASSERT_TRUE(transaction->apply(plan_, slice));
    ASSERT_TRUE(transaction->put_state({"p", "s", "clinic.numbers"}, "offset", "1"));
    const Interrupter interrupter(*destination_);
    const Status committed = transaction->commit();
    ASSERT_TRUE(committed) << text_of(committed.error());
    ASSERT_EQ(query_text(*destination_, "SELECT count(*) FROM clinic.numbers"), std::to_string(3 * (i + 1)) + "\n");
  }
}

}  // namespace
}  // namespace lakeflow::testing
