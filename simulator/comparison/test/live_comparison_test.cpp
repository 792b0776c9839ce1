#include "simulator/comparison/live_comparison.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kShop = R"(
auth: {bearer: made-up}
endpoints:
  orders:
    path: /orders
    record_path: /orders/{id}
    records: {generate: {count: 9, fields: {id: {kind: sequence}, at: {kind: timestamp}, amount: {kind: number}}}}
    modified: {field: at}
    filters: {since: {field: at, operator: at-or-after}}
    sort: {parameter: sort, fields: [at]}
    paging: {by: cursor, size_parameter: limit, default_size: 4, next: next}
    answer: {records: data, total: total}
    deletes: {path: /orders/deleted}
  items:
    path: /orders/{order}/items
    parent: orders
    records: {generate: {count: 9, fields: {id: {kind: sequence}, order: {kind: sequence}}}}
)";

// What differs between the description and a live source, which another description stands for.
std::vector<std::string> differences(const std::string& description, const std::string& live_description) {
  DescribedSource live;
  live.start(live_description);
  DescribedSource ours;
  const auto compared = compare_with_live({.description = ours.write("ours.yaml", description),
                                           .live = live.simulator().base_url() + "/",
                                           .headers = {{.name = "Authorization", .value = "Bearer made-up"}}},
                                          {});
  EXPECT_TRUE(compared) << compared.error().message();
  std::vector<std::string> told;
  for (const ComparedRequest& request : compared.value_or(std::vector<ComparedRequest>())) {
    for (const std::string& difference : request.differences) {
      told.push_back(fmt::format("{}: {}: {}", request.endpoint, request.what, difference));
    }
  }
  return told;
}

std::string with(std::string text, const std::string& from, const std::string& to) { return text.replace(text.find(from), from.size(), to); }

TEST(LiveComparison, ASourceIsLikeItsDescription) { EXPECT_THAT(differences(kShop, kShop), IsEmpty()); }

TEST(LiveComparison, TellsWhatIsDifferent) {
  EXPECT_THAT(differences(kShop, with(kShop, "amount: {kind: number}", "amount: {kind: text}")),
              ElementsAre("orders: first page: amount is a number, live a text", "orders: single record: amount is a number, live a text"));
  EXPECT_THAT(differences(kShop, with(kShop, "since: {", "from: {field: at}, sine: {")), ElementsAre("orders: filter since: status 200, live 400"));
  EXPECT_THAT(differences(kShop, with(kShop, "auth:", "unknown_parameters: ignore\nauth:")),
              ElementsAre("orders: an unknown parameter: status 400, live 200", "orders.deletes: an unknown parameter: status 400, live 200",
                          "items: an unknown parameter: status 400, live 200"));
  EXPECT_THAT(differences(kShop, with(kShop, "records: data, total: total", "records: data")),
              ElementsAre("orders: first page: the live body has nothing at total"));
  EXPECT_THAT(differences(kShop, with(kShop, "next: next", "next: meta.cursor")),
              ElementsAre("orders: first page: the live body has nothing at next"));
  EXPECT_THAT(differences(with(kShop, "auth: {bearer: made-up}", ""), kShop), ElementsAre("orders: a wrong token: lets everybody in, live 401"));
  EXPECT_THAT(differences(kShop, with(kShop, "path: /orders/deleted", "path: /orders/gone/all")),
              ElementsAre("orders.deletes: first page: status 200, live 404"));
}

TEST(LiveComparison, SaysThatTheLiveSourceIsNotThere) {
  DescribedSource ours;
  const auto compared = compare_with_live({.description = ours.write("ours.yaml", kShop), .live = "http://127.0.0.1:1"}, {});
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().kind(), ErrorKind::kSource);
}

}  // namespace
}  // namespace lakeflow
