// Mistakes of a description: the suite finds each of them.

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>

#include "simulator/api/api_simulator.h"
#include "sources/rest/test/item_connector.h"
#include "testing/connector/simulated_writes.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::IsEmpty;

std::vector<ListRecord> records() {
  std::vector<ListRecord> records;
  for (int id = 1; id <= 20; ++id) records.push_back({id, 1'700'000'000 + id * 60});
  return records;
}

std::vector<std::string> failed_checks(const ListServer& server, const RestTable& table, SuiteRequest request = {}) {
  request.breaks_network = false;
  std::vector<std::string> checks;
  std::ranges::transform(suite_failures(item_connector(table), Options{{"base_url", server.base_url()}}, {"items"}, request),
                         std::back_inserter(checks), &CheckResult::check);
  return checks;
}

TEST(RestMistakes, AFilterThatTheServerDoesNotKnow) {
  ListServer server(records());
  const RestTable table = item_table(by_token(), by_time());
  EXPECT_THAT(failed_checks(server, table), IsEmpty());
  server.ignored = {"since"};
  EXPECT_THAT(failed_checks(server, table), testing::ElementsAre("asks_only_for_what_is_new"));
}

TEST(RestMistakes, SecondsThatAreCalledMilliseconds) {
  const ListServer server(records());
  RestTable table = item_table(by_token(), by_time());
  table.cursor->form = RestCursor::Form::kEpochMilliseconds;
  EXPECT_THAT(failed_checks(server, table), Contains("passes_its_own_check"));
}

TEST(RestMistakes, MillisecondsThatAreCalledSeconds) {
  std::vector<ListRecord> precise = records();
  for (ListRecord& record : precise) record.changed *= 1000;
  const ListServer server(precise);
  EXPECT_THAT(failed_checks(server, item_table(by_token(), by_time())), Contains("passes_its_own_check"));
  RestTable table = item_table(by_token(), by_time());
  table.cursor->form = RestCursor::Form::kEpochMilliseconds;
  EXPECT_THAT(failed_checks(server, table), IsEmpty());
}

// No rule of the API is broken, and only who knows the source can tell: so it is a remark.
TEST(RestMistakes, AKeyThatIsNotWholeIsRemarkedOn) {
  std::vector<ListRecord> wards = records();
  for (ListRecord& record : wards) record.extra = record.id % 2 == 0 ? R"(,"ward":"a")" : R"(,"ward":"b")";
  const ListServer server(wards);
  RestTable table = item_table(by_token(), by_time());
  table.schema = "{id: long, changed: long, amount: decimal(12,2), deleted: boolean, ward: string}";
  const auto remark = [&] {
    std::string message;
    SuiteRequest request;
    request.on_result = [&](const CheckResult& result) {
      if (result.check == "keys_are_unique" && result.verdict == Verdict::kPassed) message = result.evidence;
    };
    failed_checks(server, table, request);
    return message;
  };
  EXPECT_EQ(remark(), "20 rows");
  table.primary_keys = {"ward"};
  EXPECT_THAT(remark(), testing::HasSubstr("they have 2 keys, so that 90 % are replaced by a later row"));
}

// The example's shop, as it is simulated: orders that are changed, and a list of those that were deleted.
class RestMistakesInAShop : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* const order : {"R-1", "R-2", "R-3"}) ASSERT_TRUE(simulator_->remove("orders", order));
  }

  static RestPaging by_cursor() {
    return {.style = RestPaging::Style::kToken, .parameter = "cursor", .size_parameter = "limit", .page_size = 100, .next_at = "next_cursor"};
  }

  static RestTable orders() {
    return {.name = "orders",
            .schema = "{id: string, updated_at: timestamp, status: string, customer: {id: string, name: string}, amount: 'decimal(12,2)'}",
            .primary_keys = {"id"},
            .list = {.path = "/orders", .records_at = "data", .parameters = {{"sort", "updated_at"}}, .paging = by_cursor()},
            .cursor = RestCursor{.field = "updated_at", .filter = "updated_since", .order = RestCursor::Order::kAscending},
            .deletes = RestDeletes{.list = {.path = "/orders/deletions", .records_at = "data", .paging = by_cursor()},
                                   .cursor = {.field = "deleted_at", .filter = "since"},
                                   .columns = {{"id", "id"}, {"updated_at", "deleted_at"}}}};
  }

  std::vector<CheckResult> failures(const RestTable& table, Options options = {}) {
    options.set("base_url", simulator_->base_url());
    SuiteRequest request{.breaks_network = false, .has_deletes = table.deletes.has_value(), .source_writes = &writes_, .patience_seconds = 0.2};
    request.on_result = [&](const CheckResult& result) {
      if (result.verdict == Verdict::kPassed) passed_.push_back(result.check);
    };
    return suite_failures(item_connector(table), options, {"orders"}, request);
  }

  const std::unique_ptr<ApiSimulator> simulator_ =
      ApiSimulator::start({.description = LAKEFLOW_SOURCE_DIR "/examples/connectors/shop/simulator/shop.yaml"}).value();
  SimulatedWrites writes_{*simulator_};
  std::vector<std::string> passed_;  // checks
};

auto fails(const std::string& check) { return Contains(testing::Field(&CheckResult::check, check)); }

TEST_F(RestMistakesInAShop, NoneFailsNothing) {
  EXPECT_THAT(failures(orders()), IsEmpty());
  EXPECT_THAT(passed_, testing::IsSupersetOf({"sees_what_is_made", "sees_what_is_changed", "sees_late_commits", "sees_what_is_deleted",
                                              "sees_what_is_made_again", "asks_only_for_what_is_new", "keeps_what_was_sent"}));
  EXPECT_EQ(simulator_->record_count("orders"), 247U) << "something was left behind";
}

TEST_F(RestMistakesInAShop, OnlyGrowsSaidOfRecordsThatChange) {
  RestTable table = orders();
  table.only_grows = true;
  table.deletes.reset();
  EXPECT_THAT(failures(table), fails("sees_what_is_changed"));
}

TEST_F(RestMistakesInAShop, ALookBackThatIsTooShort) { EXPECT_THAT(failures(orders(), {{"look_back", "0s"}}), fails("sees_late_commits")); }

TEST_F(RestMistakesInAShop, ADeletionsTimeThatIsLookedForAtTheWrongPlace) {
  RestTable table = orders();
  table.deletes->columns[1].second = "removed_at";
  EXPECT_THAT(failures(table), fails("passes_its_own_check"));
  table = orders();
  table.deletes->cursor.field = "removed_at";
  const std::vector<CheckResult> found = failures(table);
  EXPECT_THAT(found, fails("passes_its_own_check"));
  EXPECT_THAT(found, fails("brings_nothing_again_when_caught_up"));
}

TEST_F(RestMistakesInAShop, ANextPageOfDeletionsThatIsLookedForAtTheWrongPlace) {
  RestTable table = orders();
  table.deletes->list.paging.next_at = "next";
  EXPECT_THAT(failures(table), fails("reads_the_same_in_small_pages"));
}

}  // namespace
}  // namespace lakeflow
