// A table's place in its source, changed by hand.
#include "engine/state/table_state.h"

#include <gmock/gmock.h>

#include "testing/apply/memory_destination.h"

namespace lakeflow {
namespace {

const StateOwner kOwner = {"clinic", "Patient", "bronze.Patient"};
const StateOwner kOther = {"clinic", "Patient", "silver.Patient"};

class TableStateTest : public ::testing::Test {
 protected:
  TableStateTest() {
    const auto transaction = *destination_->begin();
    for (const StateOwner& owner : {kOwner, kOther}) {
      EXPECT_TRUE(transaction->put_state(owner, "offset", R"({"at":7})"));
      EXPECT_TRUE(transaction->put_state(owner, "deletes_offset", R"({"at":5})"));
      EXPECT_TRUE(transaction->put_state(owner, "key/a", "1"));
      EXPECT_TRUE(transaction->put_state(owner, "key/b", "2"));
      EXPECT_TRUE(transaction->put_state(owner, "refresh", "run-1"));
    }
    EXPECT_TRUE(transaction->commit());
  }

  std::string state(const StateOwner& owner) {
    const auto found = read_table_state(*destination_, owner);
    if (!found) return found.error().message();
    return found->offset.json() + " " + found->deletes_offset.json() + " " + std::to_string(found->keys) + " " +
           found->refresh_run.value_or("no refresh");
  }

  std::unique_ptr<Destination> destination_ = make_memory_destination();
};

TEST_F(TableStateTest, IsRead) { EXPECT_EQ(state(kOwner), R"({"at":7} {"at":5} 2 run-1)"); }

TEST_F(TableStateTest, AnOffsetThatIsSetStandsAlone) {
  ASSERT_TRUE(set_table_offset(*destination_, kOwner, Offset(R"({"at":3})"), {"ann", "a backfill"}));
  EXPECT_EQ(state(kOwner), R"({"at":3}  0 no refresh)");
  EXPECT_EQ(state(kOther), R"({"at":7} {"at":5} 2 run-1)");
}

TEST_F(TableStateTest, AResetForgetsItAll) {
  ASSERT_TRUE(reset_table_state(*destination_, kOwner, {"ann", ""}));
  EXPECT_EQ(state(kOwner), "  0 no refresh");
  EXPECT_EQ(state(kOther), R"({"at":7} {"at":5} 2 run-1)");
}

}  // namespace
}  // namespace lakeflow
