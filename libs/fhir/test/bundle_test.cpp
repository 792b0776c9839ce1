#include "libs/fhir/bundle.h"

#include <gtest/gtest.h>

namespace lakeflow::fhir {
namespace {

// Keeps what the views point to.
struct Parsed {
  std::string text;
  AnswerParser parser;
  Result<Answer> answer;

  explicit Parsed(const std::string& json) : text(json + std::string(64, ' ')), answer(parser.parse(std::string_view(text).substr(0, json.size()))) {}
};

TEST(AnswerParser, SplitsABundleWithoutTouchingItsResources) {
  const Parsed parsed(R"({
    "resourceType": "Bundle", "type": "searchset", "total": 3,
    "link": [{"relation": "self", "url": "http:\/\/h/Patient?_sort=_lastUpdated"}, {"relation": "next", "url": "http://h?page=2"}],
    "entry": [
      {"fullUrl": "http://h/Patient/1", "resource": {"resourceType":"Patient",  "id" : "1", "meta": {"versionId": "7", "lastUpdated": "2024-05-01T00:00:00Z"},
        "multipleBirthInteger": 1.50 } , "search": {"mode": "match"}},
      {"resource": {"id": "2", "contained": [{"resourceType": "Organization", "id": "o"}], "resourceType": "Patient"}},
      {"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome"}},
      {"search": {"mode": "include"}, "resource": {"resourceType": "Organization", "id": "9"}},
      {"fullUrl": "http://h/Patient/3"}
    ]})");
  ASSERT_TRUE(parsed.answer) << parsed.answer.error().message();
  const Answer& answer = *parsed.answer;
  EXPECT_EQ(answer.resource_type, "Bundle");
  EXPECT_EQ(answer.self_link, "http://h/Patient?_sort=_lastUpdated");
  EXPECT_EQ(answer.next_link, "http://h?page=2");
  EXPECT_EQ(answer.total, 3U);
  ASSERT_EQ(answer.entries.size(), 5U);
  EXPECT_EQ(answer.entries[0].resource, R"({"resourceType":"Patient",  "id" : "1", "meta": {"versionId": "7", "lastUpdated": "2024-05-01T00:00:00Z"},
        "multipleBirthInteger": 1.50 })");
  EXPECT_EQ(answer.entries[0].id, "1");
  EXPECT_EQ(answer.entries[0].version_id, "7");
  EXPECT_EQ(answer.entries[0].last_updated, "2024-05-01T00:00:00Z");
  EXPECT_EQ(answer.entries[0].mode, SearchMode::kMatch);
  EXPECT_EQ(answer.entries[1].resource_type, "Patient");
  EXPECT_EQ(answer.entries[1].id, "2") << "not the contained one's";
  EXPECT_EQ(answer.entries[1].mode, SearchMode::kUnsaid);
  EXPECT_EQ(answer.entries[1].last_updated, "");
  EXPECT_EQ(answer.entries[2].mode, SearchMode::kOutcome);
  EXPECT_EQ(answer.entries[3].mode, SearchMode::kInclude);
  EXPECT_EQ(answer.entries[4].resource, "");
  EXPECT_EQ(answer.entries[4].bytes, R"({"fullUrl": "http://h/Patient/3"})");
}

TEST(AnswerParser, TellsOfAnOperationOutcomeByItsCodesAlone) {
  const Parsed parsed(
      R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login","diagnostics":"Doe, Jane"},{"severity":"warning","code":"throttled"}]})");
  ASSERT_TRUE(parsed.answer);
  EXPECT_EQ(issues_text(*parsed.answer), "error/login, warning/throttled");
}

TEST(AnswerParser, LeavesOutWhatIsOfAnotherType) {
  const Parsed parsed(
      R"({"resourceType": "Bundle", "link": "none", "entry": [7, {"resource": "x"}, {"resource": {"id": 5, "meta": [], "resourceType": null}}]})");
  ASSERT_TRUE(parsed.answer) << parsed.answer.error().message();
  ASSERT_EQ(parsed.answer->entries.size(), 2U);
  EXPECT_EQ(parsed.answer->entries[0].resource, "");
  EXPECT_EQ(parsed.answer->entries[1].resource, R"({"id": 5, "meta": [], "resourceType": null})");
  EXPECT_EQ(parsed.answer->entries[1].id, "");
}

TEST(AnswerParser, TakesNoneOfSeveralResourcesOfAnEntry) {
  const Parsed parsed(R"({"resourceType": "Bundle", "entry": [
    {"fullUrl": "http://h/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}, "resource": {"resourceType": "Patient", "gender": "male"}}]})");
  ASSERT_TRUE(parsed.answer) << parsed.answer.error().message();
  const BundleEntry& entry = parsed.answer->entries.at(0);
  EXPECT_EQ(entry.resource, "");
  EXPECT_EQ(entry.resource_type + entry.id, "") << "the first one's id would name the second";
  EXPECT_TRUE(entry.bytes.ends_with(R"("gender": "male"}})")) << "all of it is there for the quarantine";
}

TEST(AnswerParser, RefusesWhatIsNoJsonObject) {
  for (const char* text : {"<html>maintenance</html>", "", "[]", "\"x\"", R"({"resourceType": "Bundle", "entry": [{"resource": {"id": "1")",
                           R"({"resourceType": "Bundle"} {"resourceType": "Bundle"})", R"({"resourceType": "Bundle")"}) {
    const Parsed parsed(text);
    ASSERT_FALSE(parsed.answer) << text;
    EXPECT_EQ(parsed.answer.error().kind(), ErrorKind::kData);
  }
}

}  // namespace
}  // namespace lakeflow::fhir
