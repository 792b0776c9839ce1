#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "base/clock.h"
#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// Ten notes, in pages of two.
class ApiFaults : public testing::Test {
 protected:
  void start(const std::string& paging = "{by: next-url, default_size: 2, next: next}") {
    source_.start(R"(
endpoints:
  notes:
    path: /notes
    records: {generate: {count: 10, fields: {id: {kind: sequence}, topic: {kind: constant, value: a}, changed: {kind: timestamp}}}}
    record_path: /notes/{id}
    modified: {field: changed}
    filters: {topic: {}, since: {field: changed, operator: at-or-after}}
    sort: {parameter: sort, fields: [id], otherwise: id}
    answer: {records: data, total: total}
    deletes: {path: /notes/deleted}
    paging: )" + paging +
                  "\n");
  }
  void inject(std::string_view fault) { ASSERT_TRUE(source_.simulator().inject(fault)) << fault; }
  std::string ids(const std::string& target) { return source_.ids_of(source_.json(target)["data"]); }
  std::string below(const std::string& url) { return url.substr(source_.simulator().base_url().size()); }

  DescribedSource source_;
};

TEST_F(ApiFaults, TheThirdPageOnceAnswers503AfterFortyBytes) {
  start("{by: page, default_size: 2}");
  inject("status=503:1@notes#3");
  inject("cut-body=40:1@notes#3");
  EXPECT_EQ(source_.get("/notes").status, 200);
  EXPECT_EQ(source_.get("/notes?page=2").status, 200);
  EXPECT_EQ(source_.get("/notes?page=3").status, 0) << "503, and cut";
  EXPECT_EQ(source_.get("/notes?page=3").status, 200);
  EXPECT_EQ(source_.simulator().requests()[2].status, 503);
  EXPECT_THAT(source_.simulator().coverage().text(), HasSubstr("1  fault status=503:1@notes#3\n"));
}

TEST_F(ApiFaults, SubjectsAreEndpointsPagesRecordsAndFeeds) {
  start();
  inject("status=500@notes#record");
  inject("status=502@notes.deletes");
  EXPECT_EQ(source_.get("/notes/1").status, 500);
  EXPECT_EQ(source_.get("/notes/deleted").status, 502);
  const Json first = source_.json("/notes");
  inject("status=504@notes#2");
  EXPECT_EQ(source_.get("/notes").status, 200);
  EXPECT_EQ(source_.get(below(first["next"])).status, 504) << "tokens know their page, too";
}

TEST_F(ApiFaults, NextLinksGoAstray) {
  start();
  const auto next = [&] { return source_.json("/notes")["next"].get<std::string>(); };
  inject("relative-next:1");
  EXPECT_THAT(next(), StartsWith("/notes?cursor="));
  inject("foreign-next:1");
  EXPECT_THAT(next(), StartsWith("http://localhost:"));
  inject("repeated-next:1");
  EXPECT_EQ(ids(below(next())), "1 2");
  inject("expired-pages:1");
  EXPECT_EQ(source_.get(below(next())).status, 410);
  EXPECT_EQ(ids(below(next())), "3 4");
}

TEST_F(ApiFaults, PagesThatAreShortOrEmptyHaveANextOne) {
  start();
  inject("short-pages:1");
  const Json first = source_.json("/notes");
  EXPECT_EQ(source_.ids_of(first["data"]), "1");
  inject("empty-pages:1");
  const Json second = source_.json(below(first["next"]));
  EXPECT_EQ(source_.ids_of(second["data"]), "");
  EXPECT_EQ(ids(below(second["next"])), "2 3") << "nothing is lost for who reads on";
}

TEST_F(ApiFaults, WhatIsAskedForIsIgnoredWithoutAWord) {
  start();
  EXPECT_EQ(ids("/notes?sort=-id"), "10 9");
  inject("ignore-sort:1");
  EXPECT_NE(ids("/notes?sort=-id"), "10 9");
  EXPECT_EQ(ids("/notes?topic=b"), "");
  inject("ignore-filters:1");
  EXPECT_EQ(ids("/notes?topic=b"), "1 2");
  inject("no-total:1");
  EXPECT_FALSE(source_.json("/notes").contains("total"));
  EXPECT_TRUE(source_.json("/notes").contains("total"));
}

TEST_F(ApiFaults, ALateCommitIsStampedBeforeItIsSeen) {
  start();
  inject("late-commit=1:1@notes");
  const std::string before = format_utc(now_micros() - 1'000'000);
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 11})"));
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 12})"));
  EXPECT_EQ(ids("/notes?since=" + before), "12");
  const std::string passed = source_.json("/notes?since=" + before)["data"][0]["changed"];
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(ids("/notes?since=" + before), "11 12");
  EXPECT_LT(source_.json("/notes/11")["changed"], passed);
}

// Ten notes a second apart, and one from the future; what is there at once with a fault of the start.
class LateStart : public testing::Test {
 protected:
  std::string ids_with(const std::string& fault) {
    source_.start(R"(
endpoints:
  notes:
    path: /notes
    records: {generate: {count: 10, fields: {id: {kind: sequence}, changed: {kind: timestamp, step_seconds: 1}}}, from_future: 1}
    modified: {field: changed}
    sort: {otherwise: changed}
faults: [")" + fault +
                  "\"]\n");
    return source_.ids("/notes");
  }
  std::string ids_in(std::chrono::milliseconds patience, const std::string& awaited) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (source_.ids("/notes") != awaited && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(20ms);
    return source_.ids("/notes");
  }

  DescribedSource source_;
};

TEST_F(LateStart, ShowsARecordAsLateAsItsStampLiesBeforeTheNewestOne) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(ids_with("late-commit=3:#2@notes#start"), "1 2 3 4 5 6 7 8 10 11") << "the second newest";
  EXPECT_EQ(ids_in(20s, "1 2 3 4 5 6 7 8 9 10 11"), "1 2 3 4 5 6 7 8 9 10 11");
  EXPECT_GT(std::chrono::steady_clock::now() - begun, 1900ms) << "three seconds after its stamp, one of which was over";
}

TEST_F(LateStart, StrikesBehindTheNewestAloneAndNeverTheFuture) {
  EXPECT_EQ(ids_with("late-commit=300@notes#start"), "11");
  EXPECT_EQ(ids_with("late-commit=3000:#10@notes#start"), "2 3 4 5 6 7 8 9 10 11");
  EXPECT_EQ(ids_with("late-commit=9:#10@notes"), "1 2 3 4 5 6 7 8 9 10 11") << "it was committed by the time of the newest";
  EXPECT_EQ(ids_with("late-commit=300@notes#written"), "1 2 3 4 5 6 7 8 9 10 11");
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 12})"));
  EXPECT_EQ(source_.ids("/notes"), "1 2 3 4 5 6 7 8 9 10 11");
}

TEST_F(LateStart, FollowsFromTheSeed) {
  const std::string first = ids_with("late-commit=300:50%@notes#start");
  EXPECT_LT(first.size(), std::string("1 2 3 4 5 6 7 8 9 10 11").size());
  EXPECT_GT(first.size(), 2U);
  EXPECT_EQ(ids_with("late-commit=300:50%@notes#start"), first);
}

TEST_F(ApiFaults, TheClockIsWrong) {
  start();
  inject("clock-skew=3600");
  EXPECT_GT(*parse_http_date(source_.get("/notes").get_header_value("Date")), now_micros() + 3'500'000'000);
  ASSERT_TRUE(source_.simulator().put("notes", R"({"id": 11})"));
  EXPECT_GT(*parse_utc(source_.json("/notes/11")["changed"].get<std::string>()), now_micros() + 3'500'000'000);
}

TEST_F(ApiFaults, FaultsOfTheDescriptionAreThereFromTheStart) {
  source_.start("faults: [\"status=500:1\"]\nendpoints: {notes: {path: /notes, records: {generate: {count: 1, fields: {id: {kind: uuid}}}}}}");
  EXPECT_EQ(source_.get("/notes").status, 500);
  EXPECT_EQ(source_.get("/notes").status, 200);
  const auto wrong = source_.try_start("faults: [statsu=500]\nendpoints: {notes: {path: /n, records: {generate: {fields: {id: {kind: uuid}}}}}}");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message() + wrong.error().next_step(), HasSubstr("did you mean status?"));
}

}  // namespace
}  // namespace lakeflow
