// The parts: schemas as text, values of cursors, links, credentials, and what is wrong with a description by itself.

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "sources/interface/raw_records.h"
#include "sources/rest/cursor_value.h"
#include "sources/rest/link_header.h"
#include "sources/rest/next_place.h"
#include "sources/rest/schema_text.h"
#include "sources/rest/test/item_connector.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using Form = RestCursor::Form;
using FilterForm = RestCursor::FilterForm;

TEST(SchemaText, HasAColumnALine) {
  const auto schema = parse_schema(
      "id: string - the number on the receipt\ntotal: decimal(12, 2)\nat: timestamp\nday: date\n"
      "customer: {id: long, vip: boolean}\nlines: [{sku: string, price: double}]\nextra: json\n");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ((*schema)->ToString(false),
            "id: string\ntotal: decimal128(12, 2)\nat: timestamp[us, tz=UTC]\nday: date32[day]\ncustomer: struct<id: int64, vip: bool>\n"
            "lines: list<item: struct<sku: string, price: double>>\nextra: string");
  EXPECT_EQ((*schema)->field(0)->metadata()->Get("lakeflow.description").ValueOrDie(), "the number on the receipt");
  EXPECT_EQ((*schema)->field(6)->metadata()->Get("lakeflow.decode").ValueOrDie(), "json");
}

TEST(SchemaText, HasDecimalsInStructsAndListsWithoutQuotes) {
  const auto schema = parse_schema(
      "strength: {value: decimal(24,9), unit: string - mg (or none, too)}\nprices: [decimal(12, 2)]\n"
      "lines: [{price: decimal(18,2), tax: [decimal(5,2)]}]\nquoted: {value: 'decimal(3,1)'}\n");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ((*schema)->ToString(false),
            "strength: struct<value: decimal128(24, 9), unit: string>\nprices: list<item: decimal128(12, 2)>\n"
            "lines: list<item: struct<price: decimal128(18, 2), tax: list<item: decimal128(5, 2)>>>\nquoted: struct<value: decimal128(3, 1)>");
  EXPECT_THAT(parse_schema("a: {n: decimal(50,2), m: long}").error().message(), HasSubstr("line 1, column 8: decimal(50,2) is no type"));
}

TEST(SchemaText, SaysWhichNumbersAreSentAsTexts) {
  const auto schema = parse_schema("price: decimal(18,2) from text - of one\nlines: [{tax: decimal(5,2) from text}]\nn: [long from text]\nx: double");
  ASSERT_TRUE(schema) << schema.error().message();
  const auto rule = [](const std::shared_ptr<arrow::Field>& field) { return field->metadata()->Get("lakeflow.decode").ValueOr("none"); };
  EXPECT_EQ(rule((*schema)->field(0)), "from_text");
  EXPECT_EQ((*schema)->field(0)->type()->ToString(), "decimal128(18, 2)");
  EXPECT_EQ((*schema)->field(0)->metadata()->Get("lakeflow.description").ValueOrDie(), "of one");
  EXPECT_EQ(rule((*schema)->field(1)->type()->field(0)->type()->field(0)), "from_text");
  EXPECT_EQ(rule((*schema)->field(2)->type()->field(0)), "from_text");
  EXPECT_EQ((*schema)->field(3)->metadata(), nullptr);
  EXPECT_THAT(parse_schema("day: date from text").error().message(), HasSubstr("date is not made from a text"));
}

TEST(SchemaText, SaysWhereItIsWrong) {
  EXPECT_THAT(parse_schema("id: string\nn: int32").error().message(), HasSubstr("line 2, column 4: int32 is no type"));
  EXPECT_THAT(parse_schema("n: decimal(50,2)").error().message(), HasSubstr("is no type"));
  EXPECT_THAT(parse_schema("id: string\nid: long").error().message(), HasSubstr("id is there twice"));
  EXPECT_THAT(parse_schema("a: {}").error().message(), HasSubstr("a has no type"));
  EXPECT_FALSE(parse_schema(""));
  EXPECT_FALSE(parse_schema("id: ["));
}

TEST(CursorValue, IsReadOfEachForm) {
  constexpr CursorValue kTime = 1'714'566'600'000'000;  // 2024-05-01T12:30:00Z
  EXPECT_EQ(parse_cursor(Form::kTime, R"("2024-05-01T14:30:00+02:00")"), kTime);
  EXPECT_EQ(parse_cursor(Form::kTime, R"("2024-05-01T12:30:00")"), kTime);
  EXPECT_EQ(parse_cursor(Form::kTime, R"("2024-05-01 12:30:00")"), kTime);
  EXPECT_EQ(parse_cursor(Form::kTime, R"("2024-05-01")"), kTime - 45'000'000'000);
  EXPECT_EQ(parse_cursor(Form::kEpochSeconds, "1714566600"), kTime);
  EXPECT_EQ(parse_cursor(Form::kEpochSeconds, "1714566600.25"), kTime + 250'000);
  EXPECT_EQ(parse_cursor(Form::kEpochSeconds, R"("1714566600")"), kTime);
  EXPECT_EQ(parse_cursor(Form::kEpochSeconds, "1714566600000"), std::nullopt) << "milliseconds";
  EXPECT_EQ(parse_cursor(Form::kEpochMilliseconds, "1714566600000"), kTime);
  EXPECT_EQ(parse_cursor(Form::kNumber, "4711"), 4711);
  for (const char* const none : {"null", R"("yesterday")", "{}", "17145666001714566600171456660", "1e9"}) {
    EXPECT_EQ(parse_cursor(Form::kTime, none), std::nullopt) << none;
    EXPECT_EQ(parse_cursor(Form::kEpochSeconds, none), std::nullopt) << none;
  }
}

TEST(CursorValue, IsAskedForInWholeUnitsRoundedDown) {
  constexpr CursorValue kTime = 1'714'566'600'250'100;
  const auto asked = [](Form form, FilterForm filter, CursorValue value, const char* prefix = "") {
    return filter_value({.form = form, .filter_form = filter, .filter_prefix = prefix}, value);
  };
  EXPECT_EQ(asked(Form::kTime, FilterForm::kLikeCursor, kTime), "2024-05-01T12:30:00Z");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kMilliseconds, kTime), "2024-05-01T12:30:00.250Z");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kMilliseconds, 1'714'566'600'000'999), "2024-05-01T12:30:00.000Z");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kMicroseconds, kTime), "2024-05-01T12:30:00.250100Z");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kDay, kTime, "gte:"), "gte:2024-05-01");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kEpochSeconds, kTime), "1714566600");
  EXPECT_EQ(asked(Form::kTime, FilterForm::kEpochSeconds, -1), "-1");
  EXPECT_EQ(asked(Form::kNumber, FilterForm::kLikeCursor, 4711), "4711");
}

TEST(LinkHeader, NamesTheNextPage) {
  EXPECT_EQ(next_link(R"(<https://a/1>; rel="prev", <https://a/3?x=1,2>; rel="next")"), "https://a/3?x=1,2");
  EXPECT_EQ(next_link(R"(<https://a/3>; title="a, b; rel=next"; rel=next)"), "https://a/3");
  EXPECT_EQ(next_link(R"(</p/3>; rel="last next")"), "/p/3");
  EXPECT_EQ(next_link(R"(<https://a/1>; rel="prev")"), std::nullopt);
  EXPECT_EQ(next_link(""), std::nullopt);
}

TEST(NextPlace, MayChooseAnObjectOfAList) {
  const auto next = [](std::string json, std::string_view place, NextValue takes = NextValue::kText) {
    json.reserve(json.size() + kPadding);
    JsonReader reader;
    const auto found = find_next(reader, json, place, takes);
    return found ? std::string(found->value_or("nothing")) : found.error().message();
  };
  const char* const place = "link[relation=next].url";
  EXPECT_EQ(next(R"({"link":[{"relation":"self","url":"/1"},{"url":"/2","relation":"next"}]})", place), R"("/2")");
  EXPECT_EQ(next(R"({"link":[{"relation":"self","url":"/1"}]})", place), "nothing");
  for (const char* const last : {"{}", R"({"link":null})", R"({"link":[]})", R"({"link":["next",7,{"relation":null}]})"}) {
    EXPECT_EQ(next(last, place), "nothing") << last;
  }
  EXPECT_EQ(next(R"({"a":{"l":[{"rel":"x.y","to":{"href":"/3"}}]}})", "a.l[rel=x.y].to.href"), R"("/3")");
  EXPECT_EQ(next(R"({"link":{"relation":"next","url":"/2"}})", place), "has no list there, but another value");
  EXPECT_THAT(next(R"({"next":{"href":"/2"}})", "next"), HasSubstr("has an object at next, and next_at does not say"));
  EXPECT_EQ(next(R"({"sort":[7,"b"]})", "sort", NextValue::kAnyJson), R"([7,"b"])") << "a body takes it as it is";
}

TEST(NextPlace, IsWrittenWithAMemberAValueAndWhatFollows) {
  for (const char* const place : {"next", "meta.next", "link[relation=next].url", "a.b[c=d].e[f=g].h"}) EXPECT_TRUE(is_next_place(place)) << place;
  for (const char* const place : {"link[", "link]", "link[].url", "link[next].url", "link[=next].url", "link[relation=].url", "link[relation=next]",
                                  "link[relation=next]url", "link[relation=next].", "link[a[b=c].d", "link]x[a=b].c"}) {
    EXPECT_FALSE(is_next_place(place)) << place;
  }
}

TEST(RestOptions, AreTakenInBehindAConnectorsOwnOnes) {
  const SharedOptions shared = {{"rest", rest_options()}};
  const auto spec =
      ConnectorSpec::parse("{name: shop, include: [rest], connection_options: {base_url: {type: url, default: 'https://shop.example.org'}}}", shared);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->connection_options.front().default_value, "https://shop.example.org");
  EXPECT_EQ(std::ranges::count(spec->connection_options, "base_url", &OptionSpec::name), 1);
  EXPECT_EQ(std::ranges::count(spec->connection_options, "token", &OptionSpec::name), 1);
  EXPECT_THAT(ConnectorSpec::parse("{name: shop, include: [soap]}", shared).error().message(), HasSubstr("no shared options with the name soap"));
}

TEST(ConnectorEntry, TellsOfASpecThatCantBeRead) {
  const auto make = [](const Options&) -> Result<std::unique_ptr<LakeflowConnect>> { return std::unexpected(Error::internal("nobody makes it")); };
  ConnectorRegistry registry;
  registry.add(connector_entry("shop", "name: shop\nconnection_options: {token: {type: txt}}", {}, make));
  registry.add(connector_entry("store", "name: shop", {}, make));
  EXPECT_THAT(registry.find("shop").error().message(), HasSubstr("connector_spec.yaml:2:"));
  EXPECT_THAT(registry.find("store").error().message(), HasSubstr("the name is shop, and CMakeLists.txt calls the connector store"));
}

TEST(RestOptions, RefuseWhatDoesNotBelongTogether) {
  const ConnectorEntry entry = item_connector(item_table(by_page(), std::nullopt));
  const auto fault = [&](Options given) {
    given.set("base_url", "https://api.example.org/v1");
    const auto options = entry.spec.check_connection_options(given);
    if (!options) return options.error().message();
    const auto connector = entry.make(*options);
    return connector ? std::string("none") : connector.error().message();
  };
  EXPECT_EQ(fault({{"auth_type", "bearer"}, {"token", "abc"}}), "none");
  EXPECT_THAT(fault({{"auth_type", "bearer"}}), HasSubstr("token is missing"));
  EXPECT_THAT(fault({{"token", "abc"}}), HasSubstr("auth_type none does not use it"));
  EXPECT_THAT(fault({{"auth_type", "basic"}, {"username", "a:b"}, {"password", "c"}}), HasSubstr("colon"));
  EXPECT_THAT(fault({{"auth_type", "api_key"}, {"api_key", "a\nb"}}), HasSubstr("line break"));
  EXPECT_THAT(fault({{"auth_type", "oauth2"}, {"client_id", "a"}, {"client_secret", "b"}}), HasSubstr("token_url is missing"));
  EXPECT_THAT(fault({{"page_size", "0"}}), HasSubstr("page_size"));
}

TEST(RestApiCheck, NamesTheTypesThereAre) {
  RestTable table = item_table(by_token(), by_time());
  table.schema = "id: string\namount: money";
  const Status checked = check_rest_api({.tables = {table}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), ErrorKind::kUser) << "a mistake of whoever describes it, and no fault of the program";
  EXPECT_THAT(checked.error().message(), HasSubstr("the connector's description of table items is wrong: "));
  EXPECT_THAT(checked.error().message(), HasSubstr("money is no type"));
  EXPECT_THAT(checked.error().next_step(), HasSubstr("string, long, double, boolean, decimal(precision,scale)"));
}

TEST(RestApiCheck, FindsWhatIsWrongWithADescription) {
  const auto fault = [](const auto& change) {
    RestTable table = item_table(by_token(), by_time());
    change(table);
    const Status checked = check_rest_api({.tables = {table}});
    return checked ? std::string("none") : checked.error().message();
  };
  EXPECT_EQ(fault([](RestTable&) {}), "none");
  EXPECT_THAT(fault([](RestTable& table) { table.schema = "id: int"; }), HasSubstr("int is no type"));
  EXPECT_THAT(fault([](RestTable& table) { table.primary_keys = {"nr"}; }), HasSubstr("key nr is no column"));
  EXPECT_THAT(fault([](RestTable& table) { table.cursor->field = "meta.changed"; }), HasSubstr("cursor meta.changed is no column"));
  EXPECT_THAT(fault([](RestTable& table) { table.primary_keys = {}; }), HasSubstr("no primary_keys"));
  EXPECT_THAT(fault([](RestTable& table) { table.cursor = std::nullopt, table.only_grows = true; }), HasSubstr("no cursor"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.path = "items"; }), HasSubstr("path does not begin with /"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.next_at = ""; }), HasSubstr("next_at is missing"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.next_at = "link[next].url"; }), HasSubstr("next_at is no place"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.parameter = ""; }), HasSubstr("parameter is missing"));
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging = by_key(), table.list.paging.next_from_record = "changed"; }),
              HasSubstr("more_at is missing: without it the end is known only where next_from_record is the table's whole key"));
  EXPECT_EQ(fault([](RestTable& table) { table.list.paging = by_key(); }), "none");
  EXPECT_THAT(fault([](RestTable& table) { table.list.paging.last_at = "last"; }), HasSubstr("last_at is of lists that are paged by"));
  EXPECT_THAT(check_rest_api({.tables = {item_table(by_page(), {}), item_table(by_page(), {})}}).error().message(), HasSubstr("two of them"));
}

std::vector<CheckFinding> findings_of(const ListServer& server, const RestTable& table) {
  const ConnectorEntry entry = item_connector(table);
  const auto connector = entry.make(entry.spec.check_connection_options({{"base_url", server.base_url()}}).value()).value();
  return dynamic_cast<ConnectionCheck&>(*connector).check_connection({}, {}).value();
}

TEST(RestCheck, LooksAtEachTableAndAtItsFilter) {
  ListServer server({{1, 1'700'000'000}});
  const auto findings = [&](const RestTable& table) { return findings_of(server, table); };
  RestPaging paging = by_page();
  paging.total_at = "page.total";
  EXPECT_EQ(findings(item_table(paging, by_time())).front().message, "table items: 1 records on the first page, 1 in all");
  server.ignored = {"since"};
  EXPECT_THAT(findings(item_table(paging, by_time())).front().message, HasSubstr("ignores since"));
  RestTable milliseconds = item_table(paging, by_time());
  milliseconds.cursor->form = RestCursor::Form::kEpochMilliseconds;
  EXPECT_FALSE(findings(milliseconds).front().passed);
  EXPECT_EQ(findings(milliseconds).front().message, "table items: changed lies in January 1970 if it is epoch milliseconds: are they seconds?");
  ListServer precise({{1, 1'700'000'000'000}});
  EXPECT_EQ(findings_of(precise, item_table(paging, by_time())).front().message,
            "table items: changed lies beyond the year 9999 if it is epoch seconds: are they milliseconds?");
  RestTable wrong = item_table(paging, by_time());
  wrong.cursor->field = "extra";
  EXPECT_FALSE(findings(wrong).front().passed);
  EXPECT_THAT(findings(wrong).front().message, HasSubstr("has no extra that can be read"));
}

TEST(RestCheck, AsksWhetherAFullPageIsAllWhereNoPagingIsDescribed) {
  const auto message = [](int count, RestPaging paging, std::vector<std::pair<std::string, std::string>> parameters = {}) {
    std::vector<ListRecord> records;
    for (int id = 1; id <= count; ++id) records.push_back({id, 1'700'000'000});
    const ListServer server(std::move(records));
    RestTable table = item_table(std::move(paging), std::nullopt);
    table.list.path = "/whole";
    table.list.parameters = std::move(parameters);
    return findings_of(server, table).front().message;
  };
  const auto asks = HasSubstr("records on the first page and no paging described: is that all?");
  EXPECT_THAT(message(50, {}), asks);
  EXPECT_THAT(message(7, {.size_parameter = "limit", .page_size = 7}), asks);
  EXPECT_THAT(message(8, {}, {{"limit", "8"}}), asks);
  EXPECT_THAT(message(0, {}), testing::Not(asks));
  EXPECT_THAT(message(8, {}), testing::Not(asks));
  EXPECT_THAT(message(50, by_page()), testing::Not(asks));
}

}  // namespace
}  // namespace lakeflow
