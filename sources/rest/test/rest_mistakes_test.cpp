// Mistakes of a description: the suite finds each of them.

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>

#include "sources/rest/test/item_connector.h"

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

}  // namespace
}  // namespace lakeflow
