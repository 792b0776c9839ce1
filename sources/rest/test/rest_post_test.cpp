// Lists that are asked for by POST, and the mistakes of their descriptions.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>

#include "sources/rest/test/item_connector.h"
#include "sources/rest/test/simulated_api.h"
#include "testing/connector/simulated_writes.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using Style = RestPaging::Style;

// As HubSpot and others have it: a list of filters, of which one has the time.
std::string api(const std::string& paging, const std::string& more = "") {
  return fmt::format(R"({}
endpoints:
  items:
    path: /items/search
    method: post
    record_path: /items/{{id}}
    modified: {{field: changed}}
    records:
      generate:
        count: 40
        fields:
          id: {{kind: sequence}}
          changed: {{kind: timestamp, start: "2024-01-01T00:00:00Z", step_seconds: 60, ties: 3}}
          name: {{kind: text}}
    filters:
      where.0.from: {{field: changed, operator: at-or-after}}
    sort: {{parameter: order.0, fields: [changed]}}
    paging: {{{}, size_parameter: page.size, default_size: 10}}
    answer: {{records: found.items, total: found.total}}
    required_parameters: {{where.0.field: changed}}
    writable: true
)",
                     more, paging);
}

RestTable items(RestPaging paging) {
  paging.size_parameter = "page.size";
  paging.page_size = 7;
  return {.name = "items",
          .schema = "{id: long, changed: timestamp, name: string}",
          .primary_keys = {"id"},
          .list = {.path = "/items/search",
                   .method = RestList::Method::kPost,
                   .body = R"({"where": [{"field": "changed"}]})",
                   .only_reads = true,
                   .records_at = "found.items",
                   .parameters = {{"order.0", "changed"}},
                   .paging = std::move(paging)},
          .cursor = RestCursor{.field = "changed", .filter = "where.0.from", .order = RestCursor::Order::kAscending}};
}

RestTable by_posted_token() { return items({.style = Style::kToken, .parameter = "page.after", .next_at = "next"}); }

constexpr const char* kByToken = "by: cursor, parameter: page.after, next: next";

std::vector<CheckResult> failures(ApiSimulator& simulator, const RestTable& table, std::vector<std::string>* passed = nullptr, bool breaks = false) {
  SimulatedWrites writes(simulator);
  SuiteRequest request{.breaks_network = breaks, .source_writes = &writes, .patience_seconds = 0.2};
  request.on_result = [&](const CheckResult& result) {
    if (result.verdict == Verdict::kPassed && passed != nullptr) passed->push_back(result.check);
  };
  return suite_failures(item_connector(table), Options{{"base_url", simulator.base_url()}}, {"items"}, request);
}

auto fails(const std::string& check) { return Contains(testing::Field(&CheckResult::check, check)); }

TEST(RestPost, PassesTheSuiteByTokenAlsoOverABadNetwork) {
  const auto simulator = simulated_api(api(kByToken));
  std::vector<std::string> passed;
  EXPECT_THAT(failures(*simulator, by_posted_token(), &passed, true), IsEmpty());
  EXPECT_THAT(passed, IsSupersetOf({"passes_its_own_check", "reads_the_same_in_small_pages", "asks_only_for_what_is_new", "sees_what_is_made",
                                    "sees_what_is_changed", "sees_late_commits", "survives_errors", "survives_cut_answers"}));
}

TEST(RestPost, PassesTheSuiteByNumberAndByOffset) {
  const auto by_number = simulated_api(api("by: page, parameter: page.number"));
  EXPECT_THAT(failures(*by_number, items({.style = Style::kPageNumber, .parameter = "page.number", .total_at = "found.total"})), IsEmpty());
  const auto by_offset = simulated_api(api("by: offset, parameter: page.from"));
  EXPECT_THAT(failures(*by_offset, items({.style = Style::kOffset, .parameter = "page.from"})), IsEmpty());
}

// What a check and the first read say.
std::string trouble_of(const ApiSimulator& simulator, const RestTable& table) {
  const ConnectorEntry entry = item_connector(table);
  const auto connector = entry.make(entry.spec.check_connection_options({{"base_url", simulator.base_url()}}).value());
  if (!connector) return connector.error().message();
  const auto findings = dynamic_cast<ConnectionCheck&>(**connector).check_connection({}, {}).value();
  return findings.front().subject + ": " + findings.front().message;
}

TEST(RestPost, ARefusedBodyIsToldByItsPlacesAndNotByItsValues) {
  const auto simulator = simulated_api(api(kByToken));
  RestTable table = by_posted_token();
  table.list.parameters.emplace_back("colour", "secret-green");
  const std::string trouble = trouble_of(*simulator, table);
  EXPECT_THAT(trouble, HasSubstr("POST /items/search: POST " + simulator->base_url() + "/items/search answered 400"));
  EXPECT_THAT(trouble, HasSubstr("(asked with where.0.field, order.0, colour, page.size in the body)"));
  EXPECT_THAT(trouble, testing::Not(HasSubstr("green")));
}

TEST(RestPost, ARedirectIsNotFollowedAsItMayBecomeAnotherRequest) {
  const auto simulator = simulated_api(api(kByToken), {"redirect"});
  EXPECT_THAT(trouble_of(*simulator, by_posted_token()), HasSubstr("a redirect, which a POST does not follow"));
}

TEST(RestPostCheck, FindsWhatIsWrongWithADescription) {
  const auto fault = [](const auto& change) {
    RestTable table = by_posted_token();
    change(table);
    const Status checked = check_rest_api({.tables = {table}});
    return checked ? std::string("none") : checked.error().message();
  };
  EXPECT_EQ(fault([](RestTable&) {}), "none");
  EXPECT_THAT(fault([](RestTable& table) { table.list.only_reads = false; }), HasSubstr("nobody says that this changes nothing"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.body = "[1]"; }), HasSubstr("list.body is no JSON object"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.parameter = "page"; }), HasSubstr("no place"));
  EXPECT_THAT(fault([](RestTable& table) { table.cursor->filter = "where.from"; }), HasSubstr("no place for where.from"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.style = Style::kLinkHeader; }), HasSubstr("no URL of a next page"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.method = RestList::Method::kGet; }), HasSubstr("of a list that is asked for by POST"));
}

// Planted mistakes. The server takes no notice of a place that it does not know.
TEST(RestPostMistakes, APlaceOfTheFilterThatTheServerIgnores) {
  const auto simulator = simulated_api(api(kByToken, "unknown_parameters: ignore"));
  EXPECT_THAT(failures(*simulator, by_posted_token()), IsEmpty());
  RestTable table = by_posted_token();
  table.cursor->filter = "where.0.since";
  EXPECT_THAT(failures(*simulator, table), testing::ElementsAre(testing::Field(&CheckResult::check, "asks_only_for_what_is_new")));
}

TEST(RestPostMistakes, APlaceOfTheNextPageThatTheServerIgnores) {
  const auto simulator = simulated_api(api(kByToken, "unknown_parameters: ignore"));
  RestTable table = by_posted_token();
  table.list.paging.parameter = "page.cursor";
  EXPECT_THAT(failures(*simulator, table), fails("reads_to_its_end"));
}

TEST(RestPostMistakes, APlaceOfTheOrderThatTheServerIgnores) {
  const auto simulator = simulated_api(api(kByToken, "unknown_parameters: ignore"));
  RestTable table = by_posted_token();
  table.list.parameters = {{"sort.0", "changed"}};
  EXPECT_THAT(failures(*simulator, table), fails("reads_to_its_end"));
}

}  // namespace
}  // namespace lakeflow
