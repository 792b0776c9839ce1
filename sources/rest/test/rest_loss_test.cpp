// What servers do by which a connector would lose rows: each is read right, or is an error that says what to do.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/clock.h"
#include "sources/rest/test/item_connector.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;
using Order = RestCursor::Order;

constexpr std::int64_t kLongAgo = 1'700'000'000;

std::vector<ListRecord> records(int count, std::int64_t step = 60) {
  std::vector<ListRecord> records;
  for (int id = 1; id <= count; ++id) records.push_back({id, kLongAgo + id * step});
  return records;
}

RestPaging counted(RestPaging paging) {
  paging.total_at = "page.total";
  return paging;
}

TEST(RestLoss, AServerThatGivesSmallerPagesThanAskedForIsReadToItsEnd) {
  for (const RestPaging& paging : {by_page(), by_offset(), by_token(), by_next_url(), by_link(), by_list_of_links()}) {
    ListServer server(records(20));
    server.most_a_page = 3;
    EXPECT_THAT(ItemReading(server, item_table(paging, std::nullopt)).read(), SizeIs(20));
  }
}

// A list that grows, read by the number that each record has: it is the key, the cursor and what the next page is asked for by.
RestTable table_by_key(bool last_is_told) {
  RestTable table = item_table(by_key(), RestCursor{.field = "id", .form = RestCursor::Form::kNumber, .filter = "from", .order = Order::kAscending});
  table.list.parameters = {};
  table.list.paging.last_at = last_is_told ? "last" : "";
  table.only_grows = true;
  return table;
}

TEST(RestLoss, PagesThatAreAskedForFromTheLastKeyOnEndWhereNothingFollowsIt) {
  for (const bool last_is_told : {false, true}) {
    for (const auto& [from_is_after, most_a_page] : {std::pair{false, 1U}, std::pair{false, 3U}, std::pair{true, 1U}, std::pair{true, 3U}}) {
      for (const int count : {0, 1, 7, 10}) {
        ListServer server(records(count));
        server.from_is_after = from_is_after;
        server.most_a_page = most_a_page;
        const std::string what = fmt::format("{} records, {} a page, {}, {}", count, most_a_page, last_is_told, from_is_after);
        EXPECT_THAT(ItemReading(server, item_table(table_by_key(last_is_told).list.paging, std::nullopt)).read(), SizeIs(count)) << what;
        ItemReading reading(server, table_by_key(last_is_told));
        EXPECT_THAT(reading.read(), SizeIs(count)) << what;
        EXPECT_THAT(reading.read(), IsEmpty()) << what;
        server.set({count + 3, kLongAgo});  // numbers may be missing
        EXPECT_THAT(reading.read(), ElementsAre(fmt::format("{}", count + 3))) << what;
      }
    }
  }
}

TEST(RestLoss, AGreatestKeyThatIsToldSparesTheRequestsBehindTheEnd) {
  ListServer server(records(14));
  EXPECT_THAT(ItemReading(server, item_table(table_by_key(true).list.paging, std::nullopt)).read(), SizeIs(14));
  EXPECT_EQ(server.requests(), 3);  // 1 to 7, 7 to 13, 13 and 14
  EXPECT_THAT(ItemReading(server, item_table(by_key(), std::nullopt)).read(), SizeIs(14));
  EXPECT_EQ(server.requests(), 3 + 5);  // 14 alone, and nothing from 15 on
}

TEST(RestLoss, RecordsThatComeWhileTheyAreReadByTheirKeyAreRead) {
  ListServer server(records(10));
  server.before_answer = [&](int request) {
    if (request < 10) server.set({10 + request, kLongAgo});
  };
  EXPECT_THAT(ItemReading(server, table_by_key(false)).read(), SizeIs(19));
}

TEST(RestLoss, AGreatestKeyThatIsNotInTheListYetIsWaitedForAndNotForEver) {
  ListServer server(records(10));
  server.last_is_ahead = 4;
  EXPECT_THAT(ItemReading(server, table_by_key(true)).read(), SizeIs(10));
  server.last_is_ahead = 1000;
  EXPECT_THAT(ItemReading(server, table_by_key(true)).read(), Contains(HasSubstr("gives no record, and last says that there are more")));
  RestTable misspelt = table_by_key(true);
  misspelt.list.paging.last_at = "lst";
  EXPECT_THAT(ItemReading(server, misspelt).read(), Contains(HasSubstr("no greatest key at lst")));
}

TEST(RestLoss, AKeyThatIsIgnoredOrSharedIsAnErrorAndNoEndlessReading) {
  ListServer server(records(20));
  server.ignored = {"from"};
  for (const bool last_is_told : {false, true}) {
    EXPECT_THAT(ItemReading(server, table_by_key(last_is_told)).read(), Contains(HasSubstr("lead no further")));
  }
  RestTable shared = item_table(by_key(), by_time(Order::kAscending));
  shared.list.paging.next_from_record = "changed";
  shared.list.paging.parameter = "since";
  shared.primary_keys = {"changed"};
  ListServer ties(records(20, 0));
  EXPECT_THAT(ItemReading(ties, shared).read(), Contains(HasSubstr("lead no further")));
}

TEST(RestLoss, AListThatComesInPagesAndIsNotDescribedSoIsAnError) {
  ListServer server(records(20));
  EXPECT_THAT(ItemReading(server, item_table({}, std::nullopt)).read(), Contains(HasSubstr("in one answer, and the answer has")));
  ListServer small(records(3));
  EXPECT_THAT(ItemReading(small, item_table({}, std::nullopt)).read(), SizeIs(3));
}

TEST(RestLoss, ACountThatIsDeclaredAndNeverComesIsAnError) {
  const auto misspelt = [](RestPaging paging) {
    paging.total_at = "page.totl";
    return paging;
  };
  RestPaging by_header = by_page();
  by_header.total_header = "X-Totl-Count";
  for (const RestPaging& paging : {misspelt(by_page()), misspelt(by_token()), by_header}) {
    ListServer server(records(20));
    EXPECT_THAT(ItemReading(server, item_table(paging, std::nullopt)).read(), Contains(HasSubstr("no number of them at")));
    ListServer empty(records(0));
    EXPECT_THAT(ItemReading(empty, item_table(paging, std::nullopt)).read(), IsEmpty()) << "some count nothing where nothing is";
  }
}

TEST(RestLoss, ANextPageThatIsOpenIsAnErrorAndNoLastPage) {
  ListServer server(records(20));
  for (const char* const place : {"link", "link.url"}) {
    RestPaging paging = by_list_of_links();
    paging.next_at = place;
    EXPECT_THAT(ItemReading(server, item_table(paging, std::nullopt)).read(), Contains(HasSubstr("has a list at link, and next_at does not say")))
        << place;
  }
  server.further_links = R"(,{"relation":"next","url":"/items?cursor=0"})";
  EXPECT_THAT(ItemReading(server, item_table(by_list_of_links(), std::nullopt)).read(),
              Contains(HasSubstr("has 2 objects with relation next in its list link")));
}

TEST(RestLoss, AnIgnoredPageParameterIsAnErrorAndNoEndlessReading) {
  for (const auto& [paging, name] : {std::pair{by_page(), "page"}, std::pair{by_offset(), "offset"}, std::pair{by_token(), "cursor"}}) {
    ListServer server(records(20));
    server.ignored = {name};
    EXPECT_THAT(ItemReading(server, item_table(paging, std::nullopt)).read(), Contains(HasSubstr("the same page again"))) << name;
  }
}

TEST(RestLoss, ATokenThatComesAgainIsAnError) {
  ListServer server(records(20));
  server.repeats_cursor = true;
  int first = 10;
  server.before_answer = [&](int) { server.set({first, kLongAgo + first}), ++first; };  // pages differ
  EXPECT_THAT(ItemReading(server, item_table(by_token(), std::nullopt)).read(), Contains(AnyOf(HasSubstr("in a circle"), HasSubstr("same page"))));
}

TEST(RestLoss, ASnapshotDuringWhichARecordIsDeletedHasAllOthers) {
  for (const RestPaging& paging : {counted(by_page()), by_offset(), counted(by_offset())}) {
    ListServer server(records(30));
    server.before_answer = [&](int request) {
      if (request == 3) server.remove(2);  // all behind it move forward by one
    };
    ItemReading reading(server, item_table(paging, std::nullopt));
    EXPECT_THAT(reading.read(), AllOf(SizeIs(30), Contains("15")));
    EXPECT_EQ(reading.last().end, End::kComplete);
  }
}

TEST(RestLoss, ASnapshotThatLacksRecordsByTheServersCountIsNotComplete) {
  ListServer server(records(30));
  server.before_answer = [&](int request) { server.remove(request); };  // never quiet
  ItemReading reading(server, item_table(counted(by_page()), std::nullopt));
  EXPECT_THAT(reading.read(), Contains(HasSubstr("could not be read whole")));
  EXPECT_NE(reading.last().end, End::kComplete);
}

TEST(RestLoss, RecordsThatChangeWhileNumberedPagesAreReadMoveNoOtherOneOutOfSight) {
  for (const RestPaging& paging : {by_page(), by_offset()}) {
    ListServer server(records(30));
    server.before_answer = [&](int request) {
      if (request == 2) server.set({3, kLongAgo + 100'000});  // moves to the end: all behind it move forward
    };
    std::vector<std::string> all;
    for (int id = 1; id <= 30; ++id) all.push_back(fmt::format("{}", id));
    EXPECT_THAT(ItemReading(server, item_table(paging, by_time(Order::kAscending))).read(), IsSupersetOf(all));
  }
}

TEST(RestLoss, WhatIsDeletedWhileTheNewestAreReadMovesNoOtherOneOutOfSight) {
  ListServer server(records(30));
  server.ignored = {"since"};
  ItemReading reading(server, item_table(by_offset(), by_time(Order::kDescending)), {{"look_back", "0s"}});
  EXPECT_THAT(reading.read(), SizeIs(30));
  for (int id = 21; id <= 30; ++id) server.set({id, kLongAgo + 10'000 + id * 60});
  server.before_answer = [&, second = server.requests() + 2](int request) {
    if (request == second) server.remove(30), server.remove(29);  // the second page begins two records later
  };
  EXPECT_THAT(reading.read(), IsSupersetOf({"28", "27", "26", "25", "24", "23", "22", "21"}));
}

TEST(RestLoss, WhatIsAddedWhileTheNewestAreReadIsNoDisorderAndMakesNoWalkMore) {
  for (const auto& [paging, always] : {std::pair{by_page(), true}, std::pair{by_offset(), true}, std::pair{by_offset(), false}}) {
    ListServer server(records(30));
    server.ignored = {"since"};
    ItemReading reading(server, item_table(paging, by_time(Order::kDescending)), {{"look_back", "0s"}});
    EXPECT_THAT(reading.read(), SizeIs(30));
    for (int id = 14; id <= 30; ++id) server.set({id, kLongAgo + 10'000 + id * 60});
    const int before = server.requests();
    server.before_answer = [&, is_always = always](int request) {
      if (!is_always && request != before + 2) return;
      for (const int id : {100 + 2 * request, 101 + 2 * request}) server.set({id, kLongAgo + 20'000 + id * 60});
    };
    EXPECT_THAT(reading.read(), AllOf(IsSupersetOf({"30", "26", "25", "24", "20", "19", "18", "15", "14"}), Each(Not(HasSubstr(" ")))));
    EXPECT_LE(server.requests() - before, 5);
    server.before_answer = nullptr;
    EXPECT_THAT(reading.read(), Each(Not(HasSubstr(" "))));
  }
}

TEST(RestLoss, ACountedListThatIsBrokenOffIsReadFromItsBeginningAgain) {
  ListServer server(records(30));
  RestCursor cursor = by_time(Order::kAscending);
  cursor.filter = "";
  server.before_answer = [&](int request) {
    if (request == 2) server.remove(2), server.remove(3);  // 8 moves to the page before
    server.web_page = request >= 3 && request <= 5 ? "<html>" : "";
  };
  ItemReading reading(server, item_table(by_offset(), cursor), {{"look_back", "0s"}});
  EXPECT_THAT(reading.read(), AllOf(Contains(HasSubstr("is no JSON")), Not(Contains("8"))));
  EXPECT_THAT(reading.read(), Contains("8"));
}

// A count that speaks against what came makes the walk begin anew, before a place that went on behind each page.
TEST(RestLoss, ACountThatIsAheadDoublesNothingOfATableThatOnlyGrows) {
  for (const bool has_key : {true, false}) {
    ListServer server(records(30, 3600));
    server.total_is_ahead = 5;  // all pages of a walk
    RestTable table = item_table(counted(by_token()), by_time(Order::kAscending));
    table.only_grows = true;
    if (!has_key) table.primary_keys = {};
    ItemReading reading(server, table, {{"look_back", "0s"}});
    EXPECT_THAT(reading.read(), SizeIs(30)) << has_key;
    EXPECT_THAT(reading.read(), IsEmpty()) << has_key;
    server.set({31, kLongAgo + 31 * 3600});
    EXPECT_THAT(reading.read(), SizeIs(1)) << has_key;
  }
}

TEST(RestLoss, WhatSharesATimeWithTheLastRecordComesLater) {
  for (const bool after : {false, true}) {
    ListServer server(records(5));
    server.after = after;
    ItemReading reading(server, item_table(by_page(), by_time()), {{"look_back", "0s"}});
    EXPECT_THAT(reading.read(), SizeIs(5));
    server.set({6, kLongAgo + 5 * 60});
    EXPECT_THAT(reading.read(), ElementsAre("6"));
    EXPECT_THAT(reading.read(), IsEmpty());
  }
}

TEST(RestLoss, WhatWasCommittedLateComesWithinTheLookBack) {
  ListServer server(records(5));
  ItemReading reading(server, item_table(by_token(), by_time(Order::kAscending)), {{"look_back", "10m"}});
  EXPECT_THAT(reading.read(), SizeIs(5));
  server.set({6, kLongAgo + 2 * 60 + 1});
  EXPECT_THAT(reading.read(), ElementsAre("6"));
  server.set({7, kLongAgo - 3600});  // too late: nobody asks so far back
  EXPECT_THAT(reading.read(), IsEmpty());
}

TEST(RestLoss, ARecordFromTheFutureIsBroughtAndNotFollowed) {
  const std::int64_t now = now_micros() / 1'000'000;
  ListServer server({{1, kLongAgo}, {2, now + 1'000'000}});
  for (const Order order : {Order::kAny, Order::kAscending}) {
    ItemReading reading(server, item_table(by_page(), by_time(order)), {{"look_back", "0s"}});
    EXPECT_THAT(reading.read(), ElementsAre("1", "2"));
    server.set({3, now + 10});  // what changes next, though it is earlier than the record from the future
    EXPECT_THAT(reading.read(), ElementsAre("3"));
    EXPECT_THAT(reading.read(), IsEmpty());
    server.remove(3);
  }
}

TEST(RestLoss, APlaceStaysTheLagBehindNow) {
  const std::int64_t now = now_micros() / 1'000'000;
  ListServer server({{1, now - 10}});
  ItemReading reading(server, item_table(by_page(), by_time()), {{"look_back", "0s"}, {"lag", "1h"}});
  EXPECT_THAT(reading.read(), ElementsAre("1"));
  server.set({2, now - 1800});
  EXPECT_THAT(reading.read(), ElementsAre("2"));
}

TEST(RestLoss, AnIgnoredFilterCostsTimeAndNoRows) {
  ListServer server(records(30));
  server.ignored = {"since"};
  ItemReading reading(server, item_table(by_page(), by_time(Order::kAscending)));
  EXPECT_THAT(reading.read(), SizeIs(30));
  server.set({31, kLongAgo + 31 * 60});
  EXPECT_THAT(reading.read(), ElementsAre("31"));
}

TEST(RestLoss, AnIgnoredOrderIsAnError) {
  std::vector<ListRecord> some = records(10);
  some[9].changed = kLongAgo;
  ListServer server(some);
  server.ignored = {"sort"};
  EXPECT_THAT(ItemReading(server, item_table(by_token(), by_time(Order::kAscending))).read(),
              Contains("the list /items is declared to be in the order of changed, and is not"));  // whose table it is, says who reads it
  EXPECT_THAT(ItemReading(server, item_table(by_token(), by_time(Order::kDescending))).read(),
              Contains(HasSubstr("in the order of changed, and is not")));
}

TEST(RestLoss, AnAnswerWithoutAListIsAnErrorAndNoEmptyTable) {
  ListServer server({});
  RestTable wrong = item_table(by_page(), std::nullopt);
  wrong.list.records_at = "items";
  EXPECT_THAT(ItemReading(server, wrong).read(), ElementsAre(HasSubstr("without a list at \"items\"")));
  server.null_list = true;
  EXPECT_THAT(ItemReading(server, item_table(by_page(), std::nullopt)).read(), ElementsAre(HasSubstr("without a list at \"data\"")));
  RestTable told = item_table(by_page(), std::nullopt);
  told.list.null_is_empty = true;
  ItemReading reading(server, told);
  EXPECT_THAT(reading.read(), IsEmpty());
  EXPECT_EQ(reading.last().end, End::kComplete);
  told.list.records_at = "items";  // which is not there, and not null either
  EXPECT_THAT(ItemReading(server, told).read(), ElementsAre(HasSubstr("without a list at \"items\"")));
}

TEST(RestLoss, AWebPageInsteadOfAnAnswerIsAnErrorThatSaysSoAndNoEmptyTable) {
  ListServer server(records(3));
  server.web_page = "\n<!doctype html><title>Sign in as canary</title>";
  for (const bool null_is_empty : {false, true}) {
    RestTable table = item_table(by_page(), std::nullopt);
    table.list.null_is_empty = null_is_empty;
    ItemReading reading(server, table);
    EXPECT_THAT(reading.read(),
                ElementsAre(AllOf(HasSubstr("answered 200 with 48 bytes of text/html; charset=utf-8; it is no JSON"), Not(HasSubstr("canary")))));
    ASSERT_TRUE(reading.last().error);
    EXPECT_THAT(reading.last().error->next_step(), HasSubstr("a login page, or a proxy's"));
    EXPECT_EQ(reading.last().end, std::nullopt);
  }
}

TEST(RestLoss, EqualRecordsOfAListWithoutKeysAreSeveral) {
  ListServer server(records(3));
  RestTable table = item_table(by_token(), by_time(Order::kAscending));
  table.primary_keys = {};
  table.only_grows = true;
  ItemReading reading(server, table);
  EXPECT_THAT(reading.read(), SizeIs(3));
  server.set({1, kLongAgo + 60});  // the very same
  EXPECT_THAT(reading.read(), IsEmpty());
}

TEST(RestLoss, AChangeWithinTheSameTimeIsBroughtAndAnAppendedRecordIsNotDoubled) {
  ListServer server(records(3));
  ItemReading changes(server, item_table(by_page(), by_time()));
  RestTable grows = item_table(by_page(), by_time());
  grows.only_grows = true;
  ItemReading appended(server, grows);
  EXPECT_THAT(changes.read(), SizeIs(3));
  EXPECT_THAT(appended.read(), SizeIs(3));
  server.set({3, kLongAgo + 3 * 60, false, R"(,"extra":{"note":1})"});
  EXPECT_THAT(changes.read(), ElementsAre("3"));
  EXPECT_THAT(appended.read(), IsEmpty());
}

TEST(RestLoss, AListOfDeletionsTellsOnceOfEach) {
  ListServer server({{7, kLongAgo}});
  RestTable table = item_table(by_page(), by_time());
  table.deleted_if = "deleted";
  ItemReading reading(server, table);
  EXPECT_THAT(reading.read(), ElementsAre("7"));
  server.set({7, kLongAgo + 60, true});
  EXPECT_THAT(reading.read(), ElementsAre("deleted 7"));
  EXPECT_THAT(reading.read(), IsEmpty());
}

RestTable table_with_deletions() {
  RestTable table = item_table(by_page(), by_time());
  table.deletes = RestDeletes{.list = table.list, .cursor = *table.cursor, .columns = {{"id", "id"}, {"changed", "changed"}}};
  table.deletes->list.path = "/deleted";
  return table;
}

TEST(RestLoss, ADeletionInAListOfItsOwnLeavesTheRecordsKnownThatAreAskedForAgain) {
  ListServer server(records(10));
  ItemReading reading(server, table_with_deletions(), {{"look_back", "1h"}});
  EXPECT_THAT(reading.read(), SizeIs(10));
  server.remove(ListRecord{4, kLongAgo + 86'400});  // long after the last record's time
  EXPECT_THAT(reading.read(), ElementsAre("deleted 4"));
  EXPECT_EQ(reading.known_again(), 9U);
  for (const char* const run : {"the first after it", "the second"}) {
    EXPECT_THAT(reading.read(), IsEmpty()) << run;
    EXPECT_EQ(reading.known_again(), 10U) << run;  // nine records and the deletion
  }
}

TEST(RestLoss, ADeletionThatIsToldOfWithTheRecordsOwnTextIsOne) {
  ListServer server(records(3));
  ItemReading reading(server, table_with_deletions());
  EXPECT_THAT(reading.read(), SizeIs(3));
  server.remove(records(3).back());
  EXPECT_THAT(reading.read(), ElementsAre("deleted 3"));
  EXPECT_THAT(reading.read(), IsEmpty());
}

TEST(RestLoss, ALinkToAnotherServerIsNotFollowed) {
  ListServer server(records(3));
  httplib::Server other;
  const int port = other.bind_to_any_port("127.0.0.1");
  RestTable table = item_table(by_next_url(), std::nullopt);
  table.list.records_at = "data";
  other.Get("/items", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(fmt::format(R"({{"data":[{{"id":1}}],"next_url":"{}/items"}})", server.base_url()), "application/json");
  });
  const std::jthread thread([&] { other.listen_after_bind(); });
  while (!other.is_running()) std::this_thread::yield();
  const ConnectorEntry entry = item_connector(table);
  const Options options = entry.spec.check_connection_options({{"base_url", fmt::format("http://127.0.0.1:{}", port)}}).value();
  const auto connector = entry.make(options).value();
  const auto reader = connector->read_table("items", {}, {}, {}).value();
  EXPECT_TRUE(reader->next());
  const auto second = reader->next();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kSource);
  EXPECT_EQ(server.requests(), 0);
  other.stop();
}

}  // namespace
}  // namespace lakeflow
