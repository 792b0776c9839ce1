#include "simulator/comparison/compared_list.h"

#include <map>

#include <gmock/gmock.h>

namespace lakeflow {
namespace {

using testing::ElementsAre;

// A source that gives the answers of a table, and 404 to all else.
class ScriptedSource : public ComparedSource {
 public:
  explicit ScriptedSource(std::map<std::string, ComparedAnswer> answers) : answers_(std::move(answers)) {}
  Result<ComparedAnswer> get(const std::string& target, bool) override {
    asked.push_back(target);
    const auto found = answers_.find(target);
    ComparedAnswer answer = found == answers_.end() ? ComparedAnswer{.status = 404} : found->second;
    answer.url = target.starts_with("http") ? target : "http://source/" + target.substr(1);
    return answer;
  }
  std::vector<std::string> asked;

 private:
  const std::map<std::string, ComparedAnswer> answers_;
};

ComparedAnswer answer(const std::string& body, const std::string& link = "") { return {.status = 200, .link = link, .body = body}; }

TEST(ComparedList, FollowsTheNextOfSeveralLinks) {
  ScriptedSource source({{"/rows", answer("[1]", "</rows?page=9>; rel=\"last\", </rows?page=2>; rel=\"next\"")},
                         {"http://source/rows?page=2", answer("[2]", "</rows?page=1>; rel=\"prev\"")}});
  Listing listing;
  listing.paging.by = PagingRole::By::kLinkHeader;
  const auto read = read_list(source, listing, "/rows", "", 10);
  EXPECT_EQ(read->records().dump(), "[1,2]");
  EXPECT_TRUE(read->is_whole);
}

TEST(ComparedList, ANextThatIsNoTextEndsNothing) {
  ScriptedSource source({{"/rows", answer(R"({"data": [1], "next": [{"rel": "next", "href": "/rows?page=2"}]})")}});
  Listing listing;
  listing.paging = {.by = PagingRole::By::kNextUrl, .next = "next"};
  listing.answer.records = "data";
  const auto read = read_list(source, listing, "/rows", "", 10);
  EXPECT_EQ(read->records().dump(), "[1]");
  EXPECT_FALSE(read->is_whole);
}

TEST(ComparedList, FollowsTheChosenLinkAndNoneWhereTwoAreMeant) {
  const std::string self = R"({"data": [1], "link": [{"relation": "self", "url": "/rows"}, {"relation": "next", "url": "/rows?page=2"})";
  Listing listing;
  listing.paging = {.by = PagingRole::By::kNextUrl, .next = "link[relation=next].url"};
  listing.answer.records = "data";
  ScriptedSource source({{"/rows", answer(self + "]}")}, {"http://source/rows?page=2", answer(R"({"data": [2], "link": [{"relation": "self"}]})")}});
  const auto read = read_list(source, listing, "/rows", "", 10);
  EXPECT_EQ(read->records().dump(), "[1,2]");
  EXPECT_TRUE(read->is_whole);
  ScriptedSource open({{"/rows", answer(self + R"(, {"relation": "next", "url": "/rows?page=3"}]})")}});
  const auto unread = read_list(open, listing, "/rows", "", 10);
  EXPECT_EQ(unread->records().dump(), "[1]");
  EXPECT_FALSE(unread->is_whole);
}

TEST(ComparedList, AnEmptyPageThatLeadsToItselfIsTheLast) {
  ScriptedSource source({{"/rows", answer(R"({"data": [1], "next": 7})")}, {"/rows?since=7", answer(R"({"data": [], "next": 7})")}});
  Listing listing;
  listing.paging = {.by = PagingRole::By::kCursor, .parameter = "since", .next = "next"};
  listing.answer.records = "data";
  const auto read = read_list(source, listing, "/rows", "", 10);
  EXPECT_THAT(source.asked, ElementsAre("/rows", "/rows?since=7"));
  EXPECT_TRUE(read->is_whole);
}

TEST(ComparedList, SaysWhatEachRequestHasToHave) {
  ScriptedSource source({{"/rows?color=a%20b&expand=", answer("[1]")}, {"/rows?color=a%20b&expand=&page=2", answer("[]")}});
  Listing listing;
  listing.required = {{"expand", ""}};
  listing.paging = {.by = PagingRole::By::kPage, .parameter = "page"};
  const auto read = read_list(source, listing, "/rows", "color=a%20b", 10);
  EXPECT_EQ(read->records().dump(), "[1]");
  EXPECT_TRUE(read->is_whole);
}

}  // namespace
}  // namespace lakeflow
