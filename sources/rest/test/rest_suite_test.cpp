// The generic suite on each way of paging and each order of a cursor, with ties at the borders of pages.

#include <gmock/gmock.h>

#include "sources/rest/test/item_connector.h"

namespace lakeflow {
namespace {

using testing::IsEmpty;

// Single times, and a time that more records share than fit a page.
std::vector<ListRecord> records() {
  std::vector<ListRecord> records;
  for (int id = 1; id <= 20; ++id) records.push_back({id, 1'700'000'000 + id * 60});
  for (int id = 21; id <= 40; ++id) records.push_back({id, 1'700'009'000});
  for (int id = 41; id <= 45; ++id) records.push_back({id, 1'700'010'000 + id});
  return records;
}

struct Way {
  const char* name;
  RestPaging paging;
};

class RestSuite : public testing::TestWithParam<Way> {
 protected:
  void expect_passes(const RestTable& table, const ListServer& server) {
    EXPECT_THAT(suite_failures(item_connector(table), Options{{"base_url", server.base_url()}}, {"items"}, {.breaks_network = false}), IsEmpty());
  }
};

TEST_P(RestSuite, PassesForASnapshot) {
  const ListServer server(records());
  expect_passes(item_table(GetParam().paging, std::nullopt), server);
}

TEST_P(RestSuite, PassesForChangesInAnyOrder) {
  ListServer server(records());
  server.most_a_page = 5;
  expect_passes(item_table(GetParam().paging, by_time()), server);
}

TEST_P(RestSuite, PassesForChangesInAscendingOrder) {
  ListServer server(records());
  server.after = true;
  expect_passes(item_table(GetParam().paging, by_time(RestCursor::Order::kAscending)), server);
}

TEST_P(RestSuite, PassesForChangesTheNewestFirst) {
  const ListServer server(records());
  RestCursor newest_first = by_time(RestCursor::Order::kDescending);
  newest_first.filter.clear();
  expect_passes(item_table(GetParam().paging, newest_first), server);
}

TEST_P(RestSuite, PassesForAListThatOnlyGrows) {
  const ListServer server(records());
  RestTable table = item_table(GetParam().paging, by_time(RestCursor::Order::kAscending));
  table.only_grows = true;
  expect_passes(table, server);
}

TEST_P(RestSuite, PassesWithDeletionsInTheList) {
  std::vector<ListRecord> some = records();
  some[3].is_deleted = some[25].is_deleted = true;
  const ListServer server(some);
  RestTable table = item_table(GetParam().paging, by_time(RestCursor::Order::kAscending));
  table.deleted_if = "deleted";
  expect_passes(table, server);
}

TEST_P(RestSuite, PassesWithAListOfDeletions) {
  const ListServer server(records());
  RestTable table = item_table(GetParam().paging, by_time());
  table.deletes = RestDeletes{.list = table.list, .cursor = *table.cursor, .columns = {{"id", "id"}, {"changed", "changed"}}};
  expect_passes(table, server);
}

TEST(RestSuiteOverABadNetwork, PassesForChangesAndForASnapshot) {
  const ListServer server(records());
  const Options options{{"base_url", server.base_url()}, {"auth_type", "bearer"}, {"token", "open-sesame-4711"}};
  EXPECT_THAT(suite_failures(item_connector(item_table(by_token(), by_time(RestCursor::Order::kAscending))), options, {"items"}), IsEmpty());
  EXPECT_THAT(suite_failures(item_connector(item_table(by_page(), std::nullopt)), options, {"items"}), IsEmpty());
}

RestPaging without_total(RestPaging paging) { return paging; }
RestPaging with_total(RestPaging paging) {
  paging.total_at = "page.total";
  return paging;
}

INSTANTIATE_TEST_SUITE_P(Paging, RestSuite,
                         testing::Values(Way{"Page", without_total(by_page())}, Way{"PageWithTotal", with_total(by_page())},
                                         Way{"Offset", by_offset()}, Way{"OffsetWithTotal", with_total(by_offset())}, Way{"Token", by_token()},
                                         Way{"Link", by_link()}, Way{"ListOfLinks", by_list_of_links()}),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace lakeflow
