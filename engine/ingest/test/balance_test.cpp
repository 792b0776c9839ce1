#include "engine/ingest/balance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using ::testing::HasSubstr;

PassCommit pass(std::uint64_t read, std::uint64_t decoded, std::uint64_t quarantined, std::map<std::string, std::uint64_t> filtered) {
  PassCommit commit;
  commit.tables = "pid,obx";
  commit.records_read = read;
  commit.records_decoded = decoded;
  commit.records_quarantined = quarantined;
  commit.records_filtered = std::move(filtered);
  return commit;
}

TableCommit table(std::uint64_t decoded, std::uint64_t rejected, ApplyCounts counts) {
  return {.owner = {"clinic", "Patient", "main.Patient"}, .rows_decoded = decoded, .rejected = rejected, .rescued = 0, .counts = counts};
}

constexpr ApplyCounts kCounts{.inserted = 5, .updated = 4, .unchanged = 3, .superseded = 2, .deleted = 1, .absent = 6};

TEST(Balance, OfRecords) {
  EXPECT_TRUE(check_balance(pass(10, 6, 1, {{"already_read", 2}, {"other_type", 1}})).has_value());
  const Status lost = check_balance(pass(11, 6, 1, {{"already_read", 2}, {"other_type", 1}}));
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind(), ErrorKind::kInternal);
  EXPECT_THAT(lost.error().message(), HasSubstr("pid,obx"));
}

TEST(Balance, OfRows) {
  EXPECT_TRUE(check_balance(table(17, 2, kCounts), 100, 98).has_value()) << "100 + 5 inserted - 1 deleted - 6 absent";
  EXPECT_FALSE(check_balance(table(18, 2, kCounts), 100, 98).has_value()) << "a row came to nothing";
  EXPECT_FALSE(check_balance(table(16, 2, kCounts), 100, 98).has_value()) << "a row came from nowhere";
  EXPECT_FALSE(check_balance(table(17, 2, kCounts), 100, 99).has_value()) << "the destination has one more than it says";
  EXPECT_FALSE(check_balance(table(17, 2, kCounts), 100, 97).has_value()) << "or one less";
}

TEST(Balance, OfVersions) {
  ApplyCounts counts = kCounts;
  counts.ended = 7;
  EXPECT_TRUE(check_balance(table(17, 2, counts), 100, 105).has_value()) << "100 + 5 inserted: what was deleted and absent only ended";
  counts.merged = 2;
  EXPECT_TRUE(check_balance(table(17, 2, counts), 100, 103).has_value()) << "two of the inserted are one with others";
  counts.merged = -2;
  EXPECT_TRUE(check_balance(table(17, 2, counts), 100, 107).has_value()) << "two that were one with others came back";
  EXPECT_FALSE(check_balance(table(17, 2, counts), 100, 106).has_value()) << "but one of them was lost";
}

}  // namespace
}  // namespace lakeflow
