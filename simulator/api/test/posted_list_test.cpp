// Lists that are asked for by POST: what goes into a query elsewhere has its places in a body of JSON.

#include <gmock/gmock.h>

#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

constexpr const char* kOrders = R"(
auth: {api_key: {parameter: key, value: made-up}}
endpoints:
  orders:
    path: /orders/search
    method: post
    record_path: /orders/{id}
    records:
      generate:
        count: 5
        fields:
          id: {kind: sequence}
          state: {kind: choice, values: [open]}
    filters:
      where.0.id: {field: id, operator: at-or-after, as: number}
    sort: {parameter: order, fields: [id]}
    paging: {by: cursor, parameter: page.after, size_parameter: page.size, default_size: 2, next: next}
    answer: {records: data, total: total}
    required_parameters: {scope: all}
    writable: true
)";

class PostedList : public testing::Test {
 protected:
  void SetUp() override { source.start(kOrders); }
  Json ask(const std::string& body) { return Json::parse(source.post("/orders/search?key=made-up", body).body); }
  std::string refusal(const std::string& body, const std::string& query = "", const char* type = "application/json") {
    const auto answer = source.post("/orders/search?key=made-up" + query, body, type);
    return std::to_string(answer.status) + " " + Json::parse(answer.body)["error"]["message"].get<std::string>();
  }
  DescribedSource source;
};

TEST_F(PostedList, IsFilteredAndPagedByTheBody) {
  const Json first = ask(R"({"scope":"all","where":[{"id":3}],"order":"id","page":{"size":2}})");
  EXPECT_EQ(first["total"], 3);
  EXPECT_EQ(first["data"][0]["id"], 3);
  const Json second = ask(R"({"scope":"all","where":[{"id":3}],"order":"id","page":{"size":2,"after":)" + first["next"].dump() + "}}");
  EXPECT_EQ(second["data"].size(), 1U);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(ask(R"({"scope":"all","where":null})")["total"], 5) << "null says nothing";
}

TEST_F(PostedList, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal(R"({"scope":"all","page":{"sizes":2}})"), "400 unknown parameter page.sizes: did you mean page.size?");
  EXPECT_EQ(refusal(R"({"page":{"size":2}})"), "400 the parameter scope is missing");
  EXPECT_EQ(refusal(R"({"scope":"all","where":[{"id":"soon"}]})"), "400 the value of where.0.id is not a number");
  EXPECT_EQ(refusal(R"({"scope":"all"})", "&order=id"), "400 the parameter order stands in the URL, and belongs into the body");
  EXPECT_EQ(refusal("[]"), "400 the body is no JSON object");
  EXPECT_EQ(refusal("{}", "", "text/plain"), "415 the body is not said to be application/json");
  EXPECT_EQ(source.get("/orders/search?key=made-up").status, 405);
}

TEST_F(PostedList, IsWrittenToByItsRecords) {
  EXPECT_EQ(source.put("/orders/9?key=made-up", R"({"id":9,"state":"open"})").status, 201);
  EXPECT_EQ(ask(R"({"scope":"all"})")["total"], 6);
}

TEST(PostedListDescription, HasNoUrlOfANextPage) {
  const DescribedSource source;
  const auto refused = source.try_start(R"(
endpoints:
  orders:
    path: /orders/search
    method: post
    records: {generate: {count: 1, fields: {id: {kind: sequence}}}}
    paging: {by: link-header}
)");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("asked for by POST has no URL of a next page"));
}

}  // namespace
}  // namespace lakeflow
