// Lists below each record of another list, and the mistakes of their descriptions.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <thread>

#include "sources/rest/test/item_connector.h"
#include "sources/rest/test/simulated_api.h"
#include "testing/connector/log_recorder.h"
#include "testing/connector/simulated_writes.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;
using Style = RestPaging::Style;

constexpr auto kUntilItsTimeIsOver = std::chrono::milliseconds(3100);  // of a second, by a clock that tells whole ones

// 12 orders, of which each customer has several; and below each order its items, in pages.
std::string shop(const std::string& items = "moves_parent: true", const std::string& orders = "") {
  return fmt::format(R"(
endpoints:
  orders:
    path: /orders
    record_path: /orders/{{id}}
    modified: {{field: updated_at}}
    records:
      generate:
        count: 12
        fields:
          id: {{kind: sequence, start: 100}}
          customer: {{kind: choice, values: [7, 8]}}
          updated_at: {{kind: timestamp, start: "2024-01-01T00:00:00Z", step_seconds: 60, ties: 3}}
    filters:
      since: {{field: updated_at, operator: at-or-after}}
    sort: {{parameter: sort, fields: [updated_at]}}
    paging: {{by: cursor, size_parameter: limit, default_size: 5, next: next}}
    answer: {{records: data}}
    writable: true
    {}
  items:
    path: /orders/{{order_id}}/items
    parent: orders
    record_path: /items/{{id}}
    records:
      generate:
        count: 60
        fields:
          id: {{kind: sequence, start: 1000}}
          order_id: {{kind: choice, values: [100, 101, 102, 103, 104, 105, 106, 107]}}
          name: {{kind: text}}
    paging: {{by: page, size_parameter: per_page, default_size: 4}}
    answer: {{records: items, total: count}}
    writable: true
    {}
)",
                     orders, items);
}

RestTable orders_table() {
  return {.name = "orders",
          .schema = "{id: long, customer: long, updated_at: timestamp}",
          .primary_keys = {"id"},
          .list = {.path = "/orders",
                   .records_at = "data",
                   .parameters = {{"sort", "updated_at"}},
                   .paging = {.style = Style::kToken, .parameter = "cursor", .size_parameter = "limit", .page_size = 5, .next_at = "next"}},
          .cursor = RestCursor{.field = "updated_at", .filter = "since", .order = RestCursor::Order::kAscending}};
}

RestTable items_table() {
  return {.name = "items",
          .schema = "{order_id: long, id: long, name: string}",
          .primary_keys = {"order_id", "id"},
          .list = {.path = "/orders/{order_id}/items",
                   .records_at = "items",
                   .paging = {.style = Style::kPageNumber, .parameter = "page", .size_parameter = "per_page", .page_size = 4, .total_at = "count"}},
          .parent = RestParent{.table = "orders", .columns = {{"order_id", "id"}}}};
}

RestTable moving_items_table() {
  RestTable table = items_table();
  table.schema = "{order_id: long, order_updated_at: timestamp, id: long, name: string}";
  table.parent->columns.emplace_back("order_updated_at", "updated_at");
  table.parent->moves_with_list = true;
  return table;
}

ConnectorEntry shop_connector(const RestTable& items, const RestTable& orders = orders_table()) { return api_connector({.tables = {orders, items}}); }

std::vector<CheckResult> failures(ApiSimulator& simulator, const RestTable& items, std::vector<std::string>* passed = nullptr, bool breaks = false,
                                  double patience = 5) {
  SimulatedWrites writes(simulator);
  SuiteRequest request{.breaks_network = breaks, .source_writes = &writes, .patience_seconds = patience};
  request.on_result = [&](const CheckResult& result) {
    if (result.verdict == Verdict::kPassed && passed != nullptr) passed->push_back(result.check);
  };
  return suite_failures(shop_connector(items), Options{{"base_url", simulator.base_url()}}, {"items"}, request);
}

auto fails(const std::string& check) { return Contains(Field(&CheckResult::check, check)); }

// Reads items on from a place, as an ingest does, and keeps the table that results.
class ItemsBelow {
 public:
  ItemsBelow(const ApiSimulator& simulator, const RestTable& items, const RestTable& orders = orders_table())
      : entry_(shop_connector(items, orders)), options_(entry_.spec.check_connection_options({{"base_url", simulator.base_url()}}).value()) {}

  const TableReading& read(std::size_t record_limit = 0) {
    const auto connector = entry_.make(options_).value();
    const TableUnderTest table{{"items", {}}, connector->get_table_schema("items", {}).value(), connector->read_table_metadata("items", {}).value()};
    last_ = read_table(*connector, table, {.offset = offset_, .state = state_, .record_limit = record_limit, .log = &log_});
    std::size_t committed = 0;
    if (last_.last_place() != nullptr) {
      offset_ = last_.last_place()->offset;
      state_ = last_.state;
      committed = last_.last_place()->rows;
    }
    if (table.metadata.ingestion_type == IngestionType::kSnapshot) {
      rows.clear();
      committed = last_.rows.size();
    }
    for (std::size_t i = 0; i < committed; ++i) {
      const ReadRow& row = last_.rows[i];
      if (row.deleted) {
        rows.erase(row.key);
      } else {
        rows[row.key] = row.content;
      }
    }
    return last_;
  }
  std::string error() const { return last_.error ? last_.error->message() : ""; }
  std::vector<std::string> log() const { return log_.lines(); }

  std::map<std::string, std::uint64_t> rows;  // the content by the key

 private:
  const ConnectorEntry entry_;
  const Options options_;
  Offset offset_;
  KeyedState state_;
  LogRecorder log_;
  TableReading last_;
};

TEST(RestParent, PassesTheSuiteAsASnapshotAlsoOverABadNetwork) {
  const auto simulator = simulated_api(shop());
  std::vector<std::string> passed;
  EXPECT_THAT(failures(*simulator, items_table(), &passed, true), IsEmpty());
  EXPECT_THAT(passed, IsSupersetOf({"passes_its_own_check", "reads_the_same_in_small_pages", "sees_what_is_made", "sees_what_is_changed",
                                    "sees_what_is_deleted", "survives_errors"}));
}

TEST(RestParent, PassesTheSuiteByParentsThatMovedAlsoOverABadNetwork) {
  const auto simulator = simulated_api(shop());
  std::vector<std::string> passed;
  EXPECT_THAT(failures(*simulator, moving_items_table(), &passed, true), IsEmpty());
  EXPECT_THAT(passed, IsSupersetOf({"passes_its_own_check", "resumes_at_each_offset", "goes_on_after_a_deadline", "asks_only_for_what_is_new",
                                    "brings_nothing_again_when_caught_up", "sees_what_is_made", "sees_what_is_changed", "sees_late_commits",
                                    "sees_what_is_deleted", "sees_what_is_made_again", "survives_errors"}));
}

TEST(RestParent, AParentThatIsDeletedMeanwhileHasNoRowsAndIsNoError) {
  for (const RestTable& table : {items_table(), moving_items_table()}) {
    const auto simulator = simulated_api(shop());
    ItemsBelow items(*simulator, table);
    ASSERT_TRUE(simulator->inject("status=404:#2@items#1"));
    items.read();
    EXPECT_EQ(items.error(), "");
    EXPECT_THAT(items.rows, SizeIs(testing::AllOf(testing::Ge(40U), testing::Lt(60U))));
  }
}

TEST(RestParent, AListThatIsThereBelowNoParentIsAnErrorThatSaysWhatToLookAt) {
  for (const RestTable& table : {items_table(), moving_items_table()}) {
    const auto simulator = simulated_api(shop(), {"status=404@items"});
    ItemsBelow items(*simulator, table);
    items.read();
    EXPECT_EQ(items.error(), "/orders/{order_id}/items is not there below any of 12 records of table orders (404)");
    EXPECT_THAT(items.rows, IsEmpty());
    EXPECT_EQ(items.read().last_place(), nullptr) << "no place behind parents whose lists nobody saw";
  }
}

TEST(RestParent, ALaterPageThatIsNotThereIsReadAgainAndNotTakenForAParentThatIsGone) {
  for (const RestTable& table : {items_table(), moving_items_table()}) {
    const auto simulator = simulated_api(shop(), {"status=404:1@items#2"});
    ItemsBelow items(*simulator, table);
    items.read();
    EXPECT_EQ(items.error(), "");
    EXPECT_THAT(items.rows, SizeIs(60));
  }
}

TEST(RestParent, OnlyListsBelowParentsThatMovedAreAskedForAgain) {
  const auto simulator = simulated_api(shop());
  ItemsBelow items(*simulator, moving_items_table());
  items.read();
  EXPECT_THAT(items.rows, SizeIs(60));
  simulator->forget_requests();
  EXPECT_THAT(items.read().rows, IsEmpty());
  EXPECT_THAT(simulator->requests(), Each(Field(&AnsweredRequest::path, "/orders")));

  const std::string last_of_103 = std::prev(items.rows.lower_bound("104\x1f"))->first;
  const std::string id = last_of_103.substr(4, last_of_103.size() - 5);
  ASSERT_TRUE(simulator->put("items", R"({"id":1,"order_id":103,"name":"new"})"));
  ASSERT_TRUE(simulator->remove("items", id));
  std::this_thread::sleep_for(kUntilItsTimeIsOver);
  simulator->forget_requests();
  items.read();
  EXPECT_THAT(simulator->requests(), Each(Field(&AnsweredRequest::path, AnyOf("/orders", "/orders/103/items"))));
  EXPECT_THAT(items.rows, AllOf(SizeIs(60), Contains(testing::Key("103\x1f"
                                                                  "1\x1f"))));
  EXPECT_THAT(items.rows, Not(Contains(testing::Key(last_of_103)))) << "what left its list is deleted";
}

TEST(RestParent, AChangeWithinTheSecondOfTheParentsTimeIsNotLost) {
  // Times in whole seconds: the parent looks as before.
  std::string description = shop();
  description.replace(description.find("{field: updated_at}"), 19, "{field: updated_at, format: iso-seconds}");
  const auto simulator = simulated_api(description);
  ItemsBelow items(*simulator, moving_items_table());
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(simulator->put("items", fmt::format(R"({{"id":1,"order_id":103,"name":"{} times"}})", i)));
    ASSERT_TRUE(simulator->put("items", fmt::format(R"({{"id":{},"order_id":103,"name":"new"}})", i + 1)));
    items.read();
    if (i == 1) {
      ASSERT_TRUE(simulator->remove("items", "2"));
    }
  }
  std::this_thread::sleep_for(kUntilItsTimeIsOver);
  items.read();
  ItemsBelow anew(*simulator, moving_items_table());
  anew.read();
  EXPECT_EQ(items.rows, anew.rows);
  EXPECT_THAT(items.rows, Contains(testing::Key("103\x1f"
                                                "6\x1f")));
}

TEST(RestParent, WhatWasBrokenOffGoesOnBehindTheParentsWhoseListsWereRead) {
  const auto simulator = simulated_api(shop());
  ItemsBelow items(*simulator, moving_items_table());
  items.read(50);
  const std::size_t before = items.rows.size();
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, 60U);
  simulator->forget_requests();
  items.read();
  EXPECT_THAT(items.rows, SizeIs(60));
  EXPECT_THAT(simulator->requests(), Not(Contains(Field(&AnsweredRequest::path, "/orders/100/items"))));
}

TEST(RestParent, AParentThatIsMarkedAsDeletedHasNoRowsBelowIt) {
  const auto simulator = simulated_api(shop());
  RestTable orders = orders_table();
  orders.deleted_if = "is_cancelled";
  for (const RestTable& table : {items_table(), moving_items_table()}) {
    ASSERT_TRUE(simulator->put("orders", R"({"id":103,"customer":7,"updated_at":"2024-01-02T00:00:00Z"})"));
    ItemsBelow items(*simulator, table, orders);
    items.read();
    EXPECT_THAT(items.rows, SizeIs(60));
    ASSERT_TRUE(simulator->put("orders", R"({"id":103,"customer":7,"updated_at":"2024-01-02T00:01:00Z","is_cancelled":true})"));
    items.read();
    EXPECT_LT(items.rows.size(), 60U);
    for (const auto& [key, row] : items.rows) EXPECT_THAT(key, Not(testing::StartsWith("103\x1f")));
  }
}

TEST(RestParent, NeitherErrorsNorLogsNorOriginsNameAParent) {
  const auto simulator = simulated_api(shop());
  ItemsBelow items(*simulator, items_table());
  items.read();
  ASSERT_TRUE(simulator->inject("status=403:#3@items"));
  items.read();
  EXPECT_THAT(items.error(), HasSubstr("/orders/{order_id}/items answered 403 (forbidden)"));
  EXPECT_THAT(items.log(), Contains(HasSubstr("/orders/{order_id}/items?per_page&page")));
  EXPECT_THAT(items.log(), Each(Not(HasSubstr("/orders/1"))));
}

TEST(RestParentCheck, FindsWhatIsWrongWithADescription) {
  const auto fault = [](const auto& change) {
    RestTable items = moving_items_table();
    RestTable orders = orders_table();
    change(items, orders);
    const Status checked = check_rest_api({.tables = {orders, items}});
    return checked ? std::string("none") : checked.error().message();
  };
  EXPECT_EQ(fault([](RestTable&, RestTable&) {}), "none");
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.parent->table = "order"; }), HasSubstr("its parent order is no table"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.parent.reset(); }), HasSubstr("a part in braces, and it has no parent"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.list.path = "/items"; }), HasSubstr("no part in braces"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.list.path = "/orders/{id}/items"; }), HasSubstr("{id} of its path is none of"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.primary_keys = {"id"}; }), HasSubstr("rows of two parents could be one"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.primary_keys = {"order_id"}; }), HasSubstr("its key is its parent's alone"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.schema = "{order_id: long, id: long}"; }), HasSubstr("no column of the schema"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.parent->columns.pop_back(); }), HasSubstr("orders its rows"));
  EXPECT_THAT(fault([](RestTable&, RestTable& orders) { orders.cursor.reset(); }), HasSubstr("no cursor that could move"));
  EXPECT_THAT(fault([](RestTable&, RestTable& orders) { orders.only_grows = true; }), HasSubstr("whose records never change"));
  EXPECT_THAT(fault([](RestTable&, RestTable& orders) { orders.deletes = RestDeletes{.list = orders.list, .cursor = *orders.cursor}; }),
              HasSubstr("whose deletions come in a list of their own"));
  EXPECT_THAT(fault([](RestTable& items, RestTable&) { items.cursor = RestCursor{.field = "id", .form = RestCursor::Form::kNumber}; }),
              HasSubstr("one place can't tell"));
}

// Planted mistakes.
TEST(RestParentMistakes, AWrongMemberOfTheParentInThePath) {
  const auto simulator = simulated_api(shop());
  for (RestTable table : {items_table(), moving_items_table()}) {
    table.parent->columns[0].second = "customer";
    const std::vector<CheckResult> found = failures(*simulator, table, nullptr, false, 0.5);
    EXPECT_THAT(found, fails("passes_its_own_check"));
    EXPECT_THAT(found, fails("reads_to_its_end"));
  }
}

TEST(RestParentMistakes, AColumnOfTheParentThatTheListsRecordsHaveThemselvesWithAnotherMeaning) {
  const auto simulator = simulated_api(shop());
  RestTable table = items_table();
  table.parent->columns.emplace_back("name", "customer");
  EXPECT_THAT(failures(*simulator, table), fails("passes_its_own_check"));
}

TEST(RestParentMistakes, ParentsThatDoNotMoveThoughTheirListsDo) {
  const auto simulator = simulated_api(shop("moves_parent: false"));
  EXPECT_THAT(failures(*simulator, items_table(), nullptr, false, 0.5), IsEmpty()) << "a snapshot needs nothing to move";
  EXPECT_THAT(failures(*simulator, moving_items_table(), nullptr, false, 0.5), fails("sees_what_is_made"));
}

}  // namespace
}  // namespace lakeflow
