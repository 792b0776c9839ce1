// Lists that hang below each record of another endpoint.

#include <gmock/gmock.h>

#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

constexpr const char* kOrdersWithItems = R"(
endpoints:
  orders:
    path: /orders
    record_path: /orders/{id}
    modified: {field: updated_at}
    records: {generate: {count: 3, fields: {id: {kind: sequence}, updated_at: {kind: timestamp}}}}
  items:
    path: /orders/{order}/items
    parent: orders
    moves_parent: true
    record_path: /items/{id}
    records: {generate: {count: 6, fields: {id: {kind: sequence}, order: {kind: choice, values: [1, 2, 3]}, name: {kind: text}}}}
)";

class ListsBelowRecords : public testing::Test {
 protected:
  void SetUp() override { source.start(kOrdersWithItems); }
  std::string time_of(const std::string& order) { return source.json("/orders/" + order)["updated_at"]; }
  DescribedSource source;
};

TEST_F(ListsBelowRecords, MoveTheirParentWhereTheyAreToldTo) {
  const std::string first = time_of("1");
  const std::string second = time_of("2");
  ASSERT_TRUE(source.simulator().put("items", R"({"id":9,"order":1,"name":"new"})"));
  const std::string made = time_of("1");
  EXPECT_GT(made, first);
  ASSERT_TRUE(source.simulator().remove("items", "9"));
  EXPECT_GT(time_of("1"), made);
  EXPECT_EQ(time_of("2"), second);
}

TEST_F(ListsBelowRecords, TakeARecordLikeTheirOwnBelowTheSameParent) {
  const std::string key = source.simulator().put_like("items", "mine", 2).value();
  const std::string order = source.json("/items/" + key)["order"].dump();
  EXPECT_THAT(source.get("/orders/" + order + "/items").body, testing::HasSubstr("\"id\":" + key));
  ASSERT_TRUE(source.simulator().remove("orders", order));
  EXPECT_EQ(source.get("/orders/" + order + "/items").status, 404);
}

}  // namespace
}  // namespace lakeflow
