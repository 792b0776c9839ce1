#include "simulator/api/api_simulator.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kNotes = R"(
{"id": 1, "topic": "a", "size": 10, "changed": "2024-01-01T00:00:00Z", "price": 1.50}
{"id": 2, "topic": "b", "size": 9, "changed": "2024-01-02T00:00:00Z"}
{"id": 3, "topic": "a", "size": 100, "changed": "2024-01-02T00:00:00Z"}
{"id": 4, "topic": "c", "changed": "2024-01-03T01:00:00+01:00"}
{"id": 5, "topic": "a", "size": 1, "changed": "2024-01-04T00:00:00Z"}
)";

// A source with five notes; `rest` is what else its one endpoint has. They are ordered by their ids where it says no sort.
class Notes : public testing::Test {
 protected:
  void start(const std::string& rest, const std::string& top = "") {
    source_.write("notes.ndjson", kNotes);
    source_.start(top + R"(
endpoints:
  notes:
    path: /notes
    records: {file: notes.ndjson}
    modified: {field: changed}
)" + (rest.contains("sort:") ? "" : "    sort: {otherwise: id}\n") +
                  rest);
  }

  DescribedSource source_;
};

TEST_F(Notes, AreAListWithoutAnythingElse) {
  start("");
  const auto answer = source_.get("/notes");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.get_header_value("Content-Type"), "application/json");
  EXPECT_THAT(answer.body, StartsWith(R"([{"id": 1, "topic": "a", "size": 10, "changed": "2024-01-01T00:00:00Z", "price": 1.50},)"));
  EXPECT_EQ(source_.ids("/notes"), "1 2 3 4 5");
  EXPECT_EQ(source_.get("/elsewhere").status, 404);
}

TEST_F(Notes, AreARecordALineWhereTheAnswerIsNdjson) {
  start("    answer: {format: ndjson}\n    filters: {topic: {}}\n");
  const auto answer = source_.get("/notes?topic=b");
  EXPECT_EQ(answer.get_header_value("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(answer.body, "{\"id\": 2, \"topic\": \"b\", \"size\": 9, \"changed\": \"2024-01-02T00:00:00Z\"}\n");
}

TEST_F(Notes, FiltersKeepWhatTheirRoleSays) {
  start(R"(
    filters:
      topic: {}
      since: {field: changed, operator: at-or-after}
      after: {field: changed, operator: after}
      until: {field: changed, operator: at-or-before, format: epoch-seconds}
      before: {field: changed, operator: before, format: date}
      larger_than: {field: size, operator: after, as: number}
)");
  EXPECT_EQ(source_.ids("/notes?topic=a"), "1 3 5");
  EXPECT_EQ(source_.ids("/notes?since=2024-01-02T00:00:00Z"), "2 3 4 5");
  EXPECT_EQ(source_.ids("/notes?after=2024-01-02T00:00:00Z"), "4 5");
  EXPECT_EQ(source_.ids("/notes?until=1704153600"), "1 2 3") << "2024-01-02T00:00:00Z";
  EXPECT_EQ(source_.ids("/notes?before=2024-01-03"), "1 2 3");
  EXPECT_EQ(source_.ids("/notes?larger_than=9"), "1 3") << "as numbers, and what has no size is not larger";
  EXPECT_EQ(source_.ids("/notes?topic=a&since=2024-01-02T00:00:00Z"), "3 5");
}

TEST_F(Notes, WhatIsUnknownOrWrongIsRefused) {
  start(R"(
    filters:
      since: {field: changed, operator: at-or-after}
    sort: {parameter: sort, fields: [changed]}
    paging: {by: page, size_parameter: size, maximum_size: 100, larger: refuse}
    ignored_parameters: [fields]
)");
  const struct {
    const char* query;
    const char* message;
  } cases[] = {
      {"sinse=2024-01-01T00:00:00Z", "unknown parameter sinse: did you mean since?"},
      {"x=1", "unknown parameter x: known are fields, since, sort, page, size"},
      {"bare", "unknown parameter bare"},
      {"since=yesterday", "the value of since is not a time such as"},
      {"sort=size", "the value of sort is not one of changed"},
      {"size=0", "the value of size is not a number above zero"},
      {"size=101", "the value of size is not at most 100"},
      {"page=0", "the value of page is not a number from 1 on"},
      {"page=one", "the value of page is not a number"},
      {"page=1&page=2", "the parameter page stands twice"},
  };
  for (const auto& [query, message] : cases) {
    const auto answer = source_.get(std::string("/notes?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_THAT(Json::parse(answer.body)["error"]["message"].get<std::string>(), HasSubstr(message)) << query;
  }
  EXPECT_EQ(source_.get("/notes?fields=id").status, 200);
}

TEST_F(Notes, UnknownParametersMayBeIgnored) {
  start("", "unknown_parameters: ignore\n");
  EXPECT_EQ(source_.get("/notes?x=1").status, 200);
}

TEST_F(Notes, AreInAnOrderThatTellsNothingWhereNoneIsAskedFor) {
  source_.start(R"(
endpoints:
  notes:
    path: /notes
    records: {generate: {count: 30, fields: {id: {kind: sequence}, changed: {kind: timestamp, ties: 2}}}}
    modified: {field: changed}
    sort: {parameter: sort, fields: [changed]}
)");
  const auto ids = [&](const std::string& target) {
    std::vector<int> seen;
    for (const Json& note : source_.json(target)) {
      seen.push_back(note["id"].get<int>());
    }
    return seen;
  };
  const std::vector<int> all = ids("/notes");
  EXPECT_EQ(all.size(), 30U);
  EXPECT_FALSE(std::ranges::is_sorted(all) || std::ranges::is_sorted(all, std::greater()));
  EXPECT_EQ(ids("/notes"), all) << "it stays";
  EXPECT_NE(ids("/notes?sort=changed"), all);
  EXPECT_FALSE(std::ranges::is_sorted(ids("/notes?sort=changed"))) << "nor are ties in the order of their ids";
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 7})"));
  EXPECT_EQ(ids("/notes"), all) << "a change moves nothing";
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 31})"));
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 32})"));
  const std::vector<int> more = ids("/notes");
  EXPECT_FALSE(more[30] >= 31 && more[31] >= 31) << "what is new does not come last";
}

TEST_F(Notes, SortOrders) {
  start(R"(
    sort: {parameter: sort, fields: [changed, size, topic], otherwise: -id}
)");
  EXPECT_EQ(source_.ids("/notes"), "5 4 3 2 1");
  EXPECT_THAT(source_.ids("/notes?sort=changed"), AnyOf("1 2 3 4 5", "1 3 2 4 5"));
  EXPECT_EQ(source_.ids("/notes?sort=-size"), "3 1 2 5 4") << "as numbers";
  EXPECT_EQ(source_.ids("/notes?sort=topic,-size"), "3 1 5 2 4");
}

TEST_F(Notes, OrdersMayHaveOtherNamesThanFields) {
  start(R"(
    sort: {parameter: sort, fields: {size_of_note: size, number: id}}
)");
  EXPECT_EQ(source_.ids("/notes?sort=-size_of_note"), "3 1 2 5 4");
  EXPECT_EQ(source_.ids("/notes?sort=number"), "1 2 3 4 5");
  EXPECT_THAT(source_.get("/notes?sort=size").body, HasSubstr("the value of sort is not one of size_of_note, number"));
  EXPECT_THAT(source_.simulator().coverage().text(), HasSubstr("1  sort by size_of_note, descending\n"));
}

TEST_F(Notes, AParameterMayBeRequired) {
  start(R"(
    required_parameters: {api: "2", expand: ""}
    paging: {by: cursor, default_size: 3, next: next}
    answer: {records: data}
)");
  EXPECT_THAT(source_.get("/notes?expand=").body, HasSubstr("the parameter api is missing"));
  EXPECT_THAT(source_.get("/notes?expand&api=1").body, HasSubstr("the value of api is not 2"));
  EXPECT_THAT(source_.get("/notes?expnd&api=2").body, HasSubstr("unknown parameter expnd: did you mean expand?"));
  const Json first = source_.json("/notes?expand&api=2");
  EXPECT_EQ(source_.ids_of(first["data"]), "1 2 3");
  EXPECT_EQ(source_.get("/notes?cursor=" + first["next"].get<std::string>()).status, 200) << "who gives back a token has said it";
}

TEST_F(Notes, TheDirectionMayBeAParameter) {
  start(R"(
    sort: {parameter: order_by, direction_parameter: order, fields: [changed]}
)");
  EXPECT_THAT(source_.ids("/notes?order_by=changed&order=desc"), AnyOf("5 4 3 2 1", "5 4 2 3 1"));
  EXPECT_EQ(source_.get("/notes?order_by=changed&order=down").status, 400);
}

TEST_F(Notes, PagesByNumber) {
  start(R"(
    paging: {by: page, size_parameter: size, default_size: 2, maximum_size: 3}
    answer: {records: data.notes, total: data.total, has_more: more}
)");
  const Json first = source_.json("/notes");
  EXPECT_EQ(first.dump(), R"({"data":{"notes":)" + first["data"]["notes"].dump() + R"(,"total":5},"more":true})");
  EXPECT_EQ(source_.ids_of(first["data"]["notes"]), "1 2");
  EXPECT_EQ(source_.ids_of(source_.json("/notes?page=3")["data"]["notes"]), "5");
  EXPECT_EQ(source_.json("/notes?page=3")["more"], false);
  EXPECT_EQ(source_.ids_of(source_.json("/notes?page=4")["data"]["notes"]), "");
  EXPECT_EQ(source_.ids_of(source_.json("/notes?size=50")["data"]["notes"]), "1 2 3") << "more than the maximum is the maximum, without a word";
}

TEST_F(Notes, PagesTellTheirNumberAndHowManyThereAre) {
  start(R"(
    filters: {topic: {}}
    paging: {by: page, default_size: 2}
    answer: {records: data, page: meta.page, pages: meta.pages}
)");
  EXPECT_EQ(source_.json("/notes")["meta"], Json::parse(R"({"page": 1, "pages": 3})"));
  EXPECT_EQ(source_.json("/notes?page=3")["meta"], Json::parse(R"({"page": 3, "pages": 3})"));
  EXPECT_EQ(source_.json("/notes?topic=none")["meta"], Json::parse(R"({"page": 1, "pages": 0})"));
}

TEST_F(Notes, PagesByOffset) {
  start(R"(
    paging: {by: offset, parameter: skip, size_parameter: take, default_size: 2}
)");
  EXPECT_EQ(source_.ids("/notes"), "1 2");
  EXPECT_EQ(source_.ids("/notes?skip=3&take=5"), "4 5");
  ASSERT_TRUE(source_.simulator().remove("notes", "1"));
  EXPECT_EQ(source_.ids("/notes?skip=2"), "4 5") << "what is deleted shifts the pages that follow";
}

TEST_F(Notes, PagesByCursor) {
  start(R"(
    filters: {topic: {}}
    sort: {otherwise: id}
    paging: {by: cursor, size_parameter: size, default_size: 2, next: next}
    answer: {records: data}
  others:
    path: /others
    sort: {otherwise: id}
    records: {file: notes.ndjson}
    paging: {by: cursor, next: next}
    answer: {records: data}
)");
  const Json first = source_.json("/notes?topic=a");
  EXPECT_EQ(source_.ids_of(first["data"]), "1 3");
  const std::string cursor = first["next"];
  ASSERT_TRUE(source_.simulator().remove("notes", "1"));
  const Json second = source_.json("/notes?cursor=" + cursor);
  EXPECT_EQ(source_.ids_of(second["data"]), "5") << "the pages are cut from what was found at first";
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(source_.get("/notes?topic=a&cursor=" + cursor).status, 200) << "the same parameters may be said again";
  EXPECT_EQ(source_.get("/notes?topic=b&cursor=" + cursor).status, 400);
  EXPECT_EQ(source_.get("/notes?cursor=made-up").status, 400);
  EXPECT_EQ(source_.get("/others?cursor=" + cursor).status, 400) << "the cursor of another list";
}

TEST_F(Notes, PagesByLinkHeader) {
  start(R"(
    paging: {by: link-header, default_size: 3}
)");
  const auto first = source_.get("/notes");
  const std::string link = first.get_header_value("Link");
  EXPECT_THAT(link, StartsWith("<" + source_.simulator().base_url() + "/notes?cursor="));
  EXPECT_THAT(link, HasSubstr(">; rel=\"next\""));
  const std::string target = link.substr(source_.simulator().base_url().size() + 1, link.find('>') - source_.simulator().base_url().size() - 1);
  const auto second = source_.get(target);
  EXPECT_EQ(source_.ids_of(Json::parse(second.body)), "4 5");
  EXPECT_FALSE(second.has_header("Link"));
}

TEST_F(Notes, PagesByUrlThatExpire) {
  start(R"(
    paging: {by: next-url, default_size: 3, next: links.next, expires_after_seconds: 0.05}
    answer: {records: data}
)");
  const std::string url = source_.json("/notes")["links"]["next"];
  EXPECT_THAT(url, StartsWith(source_.simulator().base_url() + "/notes?cursor="));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(source_.get(url.substr(source_.simulator().base_url().size())).status, 410);
}

TEST_F(Notes, PagesByALinkInAListOfLinks) {
  start(R"(
    paging: {by: next-url, default_size: 3, next: "link[relation=next].url"}
    answer: {records: entry}
)");
  const std::string base = source_.simulator().base_url();
  const Json first = source_.json("/notes");
  ASSERT_EQ(first["link"].size(), 2U);
  EXPECT_EQ(first["link"][0], (Json{{"relation", "self"}, {"url", base + "/notes"}})) << "who takes the first link goes round in a circle";
  EXPECT_EQ(first["link"][1]["relation"], "next");
  const std::string next = first["link"][1]["url"];
  const Json second = source_.json(next.substr(base.size()));
  EXPECT_EQ(source_.ids_of(second["entry"]), "4 5");
  EXPECT_EQ(second["link"], (Json::array({{{"relation", "self"}, {"url", next}}})));
}

TEST_F(Notes, SingleRecordsChangesAndTheFeedOfDeletes) {
  start(R"(
    record_path: /notes/{id}
    filters: {since: {field: changed, operator: at-or-after}}
    deletes: {path: /notes/deleted, filters: {since: {field: deleted_at, operator: at-or-after}}}
)");
  EXPECT_THAT(source_.get("/notes/1").body, HasSubstr("1.50"));
  EXPECT_EQ(source_.get("/notes/9").status, 404);
  EXPECT_EQ(source_.ids("/notes/deleted"), "");
  const std::string before = format_utc(now_micros() - 1'000'000);
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 2, "topic": "new"})"));
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 6, "topic": "new", "changed": "2024-01-05T00:00:00Z"})"));
  EXPECT_EQ(source_.ids("/notes?since=" + before), "2") << "stamped where it bears no time";
  EXPECT_EQ(source_.ids("/notes?since=2024-01-05T00:00:00Z"), "2 6");
  ASSERT_TRUE(source_.simulator().remove("notes", "3"));
  EXPECT_EQ(source_.get("/notes/3").status, 404);
  EXPECT_EQ(source_.ids("/notes/deleted?since=" + before), "3");
  EXPECT_FALSE(source_.simulator().remove("notes", "3"));
  EXPECT_FALSE(source_.simulator().put("notess", "{}"));
  EXPECT_FALSE(source_.simulator().put("notes", R"({"topic": "no key"})"));
}

// For tests that know no more of a source than its description.
TEST_F(Notes, AreWrittenLikeThoseThatAreThere) {
  start("    record_path: /notes/{id}\n");
  const auto key = source_.simulator().put_like("notes", "a-test", 2);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_GT(std::stoll(*key), 1'000'000'000) << "a number, as the others have it";
  EXPECT_THAT(source_.get("/notes/" + *key).body, HasSubstr(R"(-2")")) << "the topic";
  EXPECT_EQ(source_.simulator().put_like("notes", "a-test", 3).value(), *key);
  EXPECT_EQ(source_.simulator().record_count("notes"), 6U);
  EXPECT_THAT(source_.get("/notes/" + *key).body, HasSubstr(R"(-3")"));

  const auto late = source_.simulator().put_like("notes", "a-late-test", 1, 3600LL * 1'000'000);
  ASSERT_TRUE(late);
  const nlohmann::json record = nlohmann::json::parse(source_.get("/notes/" + *late).body);
  EXPECT_LE(parse_utc(record["changed"].get<std::string>()).value(), now_micros() - 3599LL * 1'000'000);
  EXPECT_THAT(source_.simulator().put_like("notess", "a-test", 1).error().message(), HasSubstr("no endpoint"));
}

TEST_F(Notes, AreWrittenOverHttpWhereTheyAreWritable) {
  start(R"(
    record_path: /notes/{id}
    writable: true
)");
  const httplib::Response created = source_.post("/notes", R"({"id": 7})");
  EXPECT_EQ(created.status, 201);
  EXPECT_THAT(created.body, HasSubstr("changed")) << "the record as it is stored, with its time";
  EXPECT_EQ(created.body, source_.get("/notes/7").body);
  EXPECT_EQ(source_.put("/notes/7", R"({"id": 7, "topic": "x"})").status, 200);
  EXPECT_EQ(source_.put("/notes/7", R"({"id": 8})").status, 400);
  EXPECT_EQ(source_.post("/notes", "no json").status, 400);
  EXPECT_EQ(source_.remove("/notes/7").status, 204);
  EXPECT_EQ(source_.remove("/notes/7").status, 404);
}

TEST_F(Notes, AreReadOnlyElsewhere) {
  start("");
  EXPECT_EQ(source_.post("/notes", R"({"id": 7})").status, 405);
}

TEST_F(Notes, ComeFromTheFutureToo) {
  source_.write("notes.ndjson", kNotes);
  source_.start(R"(
endpoints:
  notes:
    path: /notes
    records: {file: notes.ndjson, from_future: 2}
    modified: {field: changed}
    filters: {since: {field: changed, operator: at-or-after}}
    sort: {otherwise: id}
)");
  EXPECT_EQ(source_.ids("/notes?since=" + format_utc(now_micros())), "6 7");
}

TEST_F(Notes, AreCoveredByWhatWasAskedFor) {
  start(R"(
    filters: {topic: {}}
    sort: {parameter: sort, fields: [changed]}
    paging: {by: page, default_size: 2}
)");
  source_.get("/notes?sort=changed&page=1");
  source_.get("/notes?page=3");
  const ApiCoverage coverage = source_.simulator().coverage();
  EXPECT_EQ(coverage.text(), R"(notes
            1  first page
            1  page 2 and on
            1  last page
  never asked  filter topic
            1  sort by changed
  never asked  sort by changed, descending
4 of 6 were asked for
)");
  source_.get("/notes?topik=a");
  source_.get("/notes?topik=b");
  source_.get("/nothing");
  EXPECT_THAT(source_.simulator().coverage().text(), HasSubstr(R"(refused
            2  notes: 400: unknown parameter topik: did you mean topic?
            1  404: there is nothing at this path
4 of 6)"));
  EXPECT_EQ(source_.simulator().requests()[2].reason, "unknown parameter topik: did you mean topic?");
  const Json report = Json::parse(source_.simulator().coverage().json());
  EXPECT_EQ(report["refused"][0]["count"], 2);
  EXPECT_EQ(report["never_asked"], 2);
  EXPECT_EQ(report["endpoints"]["notes"]["filter topic"], 0);
}

}  // namespace
}  // namespace lakeflow
