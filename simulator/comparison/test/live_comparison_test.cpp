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

// How a description compares with a live source, which another description stands for, under faults.
std::vector<ComparedRequest> compare(const std::string& description, const std::string& live_description,
                                     const std::vector<std::string>& faults = {}) {
  DescribedSource live;
  live.start(live_description);
  for (const std::string& fault : faults) {
    EXPECT_TRUE(live.simulator().inject(fault));
  }
  DescribedSource ours;
  const auto compared = compare_with_live({.description = ours.write("ours.yaml", description),
                                           .live = live.simulator().base_url() + "/",
                                           .headers = {{.name = "Authorization", .value = "Bearer made-up"}}},
                                          {});
  EXPECT_TRUE(compared) << compared.error().message();
  return compared.value_or(std::vector<ComparedRequest>());
}

// What differs: "orders: first page: amount is a number, live a text".
std::vector<std::string> differences(const std::string& description, const std::string& live_description,
                                     const std::vector<std::string>& faults = {}) {
  std::vector<std::string> told;
  for (const ComparedRequest& request : compare(description, live_description, faults)) {
    for (const std::string& difference : request.differences) {
      told.push_back(fmt::format("{}: {}: {}", request.endpoint, request.what, difference));
    }
  }
  return told;
}

// What neither differs nor is alike: "orders: page 2: the live first page is no list as it is described".
std::vector<std::string> not_compared(const std::string& description, const std::string& live_description,
                                      const std::vector<std::string>& faults = {}) {
  std::vector<std::string> told;
  for (const ComparedRequest& request : compare(description, live_description, faults)) {
    if (!request.not_compared.empty()) {
      told.push_back(fmt::format("{}: {}: {}", request.endpoint, request.what, request.not_compared));
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

TEST(LiveComparison, ALiveSourceThatIgnoresFiltersAndOrderIsNotAlike) {
  EXPECT_THAT(differences(kShop, kShop, {"ignore-filters@orders"}),
              ElementsAre("orders: filter since: at a value that is there: the live source does not keep to it: all records come"));
  EXPECT_THAT(differences(kShop, kShop, {"ignore-sort@orders"}),
              ElementsAre("orders: sort by at: the live records come in another order",
                          "orders: sort by at, descending: the live records come in another order"));
}

TEST(LiveComparison, TellsWhatTheLiveFilterMeansInstead) {
  EXPECT_THAT(differences(kShop, with(kShop, "operator: at-or-after", "operator: after")),
              ElementsAre("orders: filter since: at a value that is there: operator at-or-after, live after"));
  EXPECT_THAT(differences(with(kShop, "operator: at-or-after", "operator: after"), kShop),
              ElementsAre("orders: filter since: at a value that is there: operator after, live at-or-after"));
  EXPECT_THAT(differences(with(kShop, "operator: at-or-after", "operator: at-or-before"), with(kShop, "operator: at-or-after", "operator: before")),
              ElementsAre("orders: filter since: at a value that is there: operator at-or-before, live before"));
  const std::string chosen =
      with(with(kShop, "amount: {kind: number}", "amount: {kind: choice, values: [1, 2]}"), "filters: {", "filters: {amount: {}, ");
  EXPECT_THAT(differences(chosen, with(chosen, "amount: {}", "amount: {field: id}")),
              ElementsAre(testing::StartsWith("orders: filter amount: at a value that is there: live ")));
}

TEST(LiveComparison, TypesOfTheSecondPageCount) {
  const std::string list = R"(
endpoints:
  orders: {path: /orders, records: {file: FILE}, paging: {by: PAGING, default_size: 2}, sort: {otherwise: id}, answer: {records: data}}
)";
  for (const char* paging : {"page", "offset", "cursor, next: next", "next-url, next: next", "link-header"}) {
    DescribedSource files;
    const auto ours = files.write("ours.ndjson", "{\"id\":1,\"n\":1}\n{\"id\":2,\"n\":1}\n{\"id\":3,\"n\":1}\n");
    const auto theirs = files.write("theirs.ndjson", "{\"id\":1,\"n\":1}\n{\"id\":2,\"n\":1}\n{\"id\":3,\"n\":\"1\"}\n");
    const std::string described = with(with(list, "PAGING", paging), "FILE", ours.string());
    EXPECT_THAT(differences(described, with(described, ours.string(), theirs.string())),
                ElementsAre("orders: page 2: n is a number, live a number or text"))
        << paging;
    EXPECT_THAT(differences(described, described, {"relative-next"}), IsEmpty()) << paging;
  }
}

TEST(LiveComparison, WhereTheFirstPageDiffersWhatDependsOnItIsNotCompared) {
  EXPECT_THAT(differences(kShop, with(kShop, "records: data", "records: orders")),
              ElementsAre("orders: first page: the live body has no list at data"));
  const char* const why = "the live first page is no list as it is described";
  std::vector<std::string> expected;
  for (const char* what : {"page 2", "filter since", "sort by at", "sort by at, descending", "size of pages limit", "single record"}) {
    expected.push_back(fmt::format("orders: {}: {}", what, why));
  }
  expected.emplace_back("items: first page: no record is there whose key its path could hold");
  EXPECT_EQ(not_compared(kShop, with(kShop, "records: data", "records: orders")), expected);
}

TEST(LiveComparison, AListOfWhatIsNoObjectIsNotAlike) {
  DescribedSource files;
  const std::string list = "endpoints: {orders: {path: /orders, records: {file: FILE}, answer: {records: ids}}}";
  const auto ours = files.write("ours.json", R"([{"id": 1}])");
  const auto theirs = files.write("theirs.json", R"([{"id": 1, "ids": ["a", "b"]}])");
  const std::string described = with(list, "FILE", ours.string());
  const std::string live = "endpoints: {orders: {path: /other, record_path: \"/{id}\", records: {file: " + theirs.string() + "}}}";
  EXPECT_THAT(differences(with(described, "path: /orders", "path: /1"), live),
              ElementsAre("orders: first page: the live list holds what is no object"));
}

TEST(LiveComparison, ANextPageThatIsSaidOtherwiseIsNotFollowed) {
  const std::string described = with(kShop, "next: next", "next: meta");
  const std::string live = with(kShop, "next: next", "next: meta.cursor");
  EXPECT_THAT(differences(described, live), ElementsAre("orders: first page: the live body has more than a text at meta"));
  EXPECT_THAT(not_compared(described, live),
              testing::Contains("orders: page 2: the live first page says the next one otherwise than it is described"));
}

TEST(LiveComparison, ANextLinkInAListOfLinks) {
  const std::string described = with(kShop, "by: cursor, size_parameter: limit, default_size: 4, next: next",
                                     "by: next-url, size_parameter: limit, default_size: 4, next: \"link[relation=next].url\"");
  EXPECT_THAT(differences(described, described), IsEmpty());
  EXPECT_THAT(compare(described, described), testing::Contains(testing::Field(&ComparedRequest::what, "page 2")));
  EXPECT_THAT(differences(described, with(described, "relation=next", "rel=next")),
              ElementsAre("orders: first page: the live body has nothing at link[relation=next].url"));
  EXPECT_THAT(differences(with(described, "link[relation=next].url", "link.url"), described),
              ElementsAre("orders: first page: the live body has a list at link, of which nothing is chosen"));
}

TEST(LiveComparison, OrdersAreAskedForByTheirNames) {
  const std::string named = with(kShop, "fields: [at]", "fields: {changed: at}");
  EXPECT_THAT(differences(named, named), IsEmpty());
  EXPECT_THAT(differences(named, kShop),
              ElementsAre("orders: sort by changed: status 200, live 400", "orders: sort by changed, descending: status 200, live 400"));
}

TEST(LiveComparison, WhatEachRequestHasToHaveIsSaid) {
  const std::string needy = with(kShop, "    filters: {since", "    required_parameters: {expand: \"\"}\n    filters: {since");
  EXPECT_THAT(differences(needy, needy), IsEmpty());
  EXPECT_THAT(differences(kShop, needy), testing::Contains("orders: first page: status 200, live 400"));
}

TEST(LiveComparison, WhatTheLiveRecordsDoNotTellIsNotCompared) {
  const std::string same = with(kShop, "at: {kind: timestamp}", "at: {kind: timestamp, ties: 100}");
  EXPECT_THAT(not_compared(kShop, same), ElementsAre("orders: filter since: no two live records that were read differ in at",
                                                     "orders: sort by at: no two live records that were read differ in at",
                                                     "orders: sort by at, descending: no two live records that were read differ in at"));
  EXPECT_THAT(not_compared(kShop, with(kShop, "count: 9", "count: 1")),
              testing::Contains("orders: size of pages limit: the live list has no two records"));
  // More pages come than are read.
  const std::string larger = with(with(kShop, "count: 9", "count: 90"), "operator: at-or-after", "operator: before");
  EXPECT_THAT(not_compared(larger, larger), IsEmpty());
  const std::string much = with(kShop, "count: 9", "count: 5000");
  EXPECT_THAT(not_compared(much, much),
              ElementsAre("orders: filter since: what comes fits, but was not read to its end: whether something is missing can't be said"));
  EXPECT_THAT(differences(much, much, {"ignore-filters@orders"}),
              testing::Contains(testing::HasSubstr("filter since: at a value that is there: the live source does not keep to it")));
}

TEST(LiveComparison, AListThatIsAskedForByPostIsNotCompared) {
  const std::string posted = with(kShop, "path: /orders\n", "path: /orders\n    method: post\n");
  EXPECT_THAT(not_compared(posted, posted), testing::Contains("orders: first page: it is asked for by POST, and only GET is sent"));
}

TEST(LiveComparison, IsLetInByCredentialsThatAreRenewedAndTriesAWrongTokenWithoutThem) {
  // A credential of two keys, the first of which has ended.
  class TwoKeys final : public Credentials {
   public:
    Result<Credential> next(Logger&, const std::stop_token&) override {
      return Credential{.name = "Authorization", .value = renewed ? "Bearer made-up" : "Bearer ended"};
    }
    bool renew(const Credential&) override { return !std::exchange(renewed, true); }
    bool renewed = false;
  };
  DescribedSource live;
  live.start(kShop);
  DescribedSource ours;
  LiveComparisonOptions options{.description = ours.write("ours.yaml", kShop), .live = live.simulator().base_url()};
  options.http.credentials = std::make_shared<TwoKeys>();
  const auto compared = compare_with_live(options, {});
  ASSERT_TRUE(compared) << compared.error().message();
  EXPECT_THAT(*compared, testing::Each(testing::Field(&ComparedRequest::differences, IsEmpty())));
  EXPECT_THAT(*compared, testing::Contains(testing::Field(&ComparedRequest::what, "a wrong token")));

  options.http.credentials = fixed_credentials(bearer_token("canary"));
  const auto refused = compare_with_live(options, {});
  ASSERT_FALSE(refused) << "nothing can be said of a source that lets nobody in";
  EXPECT_EQ(refused.error().kind(), ErrorKind::kSource);
  EXPECT_THAT(refused.error().message(), testing::HasSubstr("answered 401"));
  EXPECT_THAT(refused.error().message() + refused.error().next_step(), testing::Not(testing::HasSubstr("canary")));
}

TEST(LiveComparison, SaysThatTheLiveSourceIsNotThere) {
  DescribedSource ours;
  const auto compared = compare_with_live({.description = ours.write("ours.yaml", kShop), .live = "http://127.0.0.1:1"}, {});
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().kind(), ErrorKind::kSource);
}

}  // namespace
}  // namespace lakeflow
