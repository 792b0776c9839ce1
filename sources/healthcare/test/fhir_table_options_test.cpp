// The options that cut a FHIR table down: elements, search_filter, and what of them a server is asked for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_table_options.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const Options& options) {
  const auto parsed = FhirTableOptions::parse("Observation", options);
  return parsed ? "" : parsed.error().message() + " | " + parsed.error().next_step();
}

TEST(FhirTableOptions, EncodesASearchAsAPersonWritesIt) {
  for (const auto& [written, sent] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"category=laboratory", "category=laboratory"},
           {"category=laboratory&status=final,amended", "category=laboratory&status=final,amended"},
           {"code=http://loinc.org|718-7", "code=http://loinc.org%7C718-7"},
           {"code:text=blood sugar", "code:text=blood%20sugar"},
           {"code=http%3A%2F%2Floinc.org%7C718-7", "code=http%3A%2F%2Floinc.org%7C718-7"},
           {"value-quantity=gt5.4||mg", "value-quantity=gt5.4%7C%7Cmg"},
           {"_has:Condition:patient:code=é+#", "_has:Condition:patient:code=%C3%A9%2B%23"},
           {"subject:Patient.name=a;b", "subject:Patient.name=a%3Bb"},
       }) {
    const Result<std::string> encoded = encode_search_filter(written);
    ASSERT_TRUE(encoded) << written << ": " << encoded.error().message();
    EXPECT_EQ(*encoded, sent);
  }
}

TEST(FhirTableOptions, RefusesWhatIsNoChoiceOfResourcesAndNamesNoValue) {
  for (const char* own : {"_sort", "_count", "_lastUpdated", "_lastUpdated:missing", "_total", "_summary", "_elements", "_include",
                          "_revinclude:iterate", "_format", "_since", "_type"}) {
    EXPECT_THAT(refusal({{"search_filter", std::string(own) + "=canary"}}),
                AllOf(HasSubstr(own), HasSubstr("which is the connector's own"), Not(HasSubstr("canary"))));
  }
  for (const char* wrong : {"laboratory", "=canary", "a=b&&c=canary", "a b=canary", "?category=canary", "category"}) {
    EXPECT_THAT(refusal({{"search_filter", wrong}}), AllOf(HasSubstr("search_filter is no search"), Not(HasSubstr("canary")))) << wrong;
  }
  EXPECT_THAT(refusal({{"search_filter", "category="}}), HasSubstr("has no value for category"));
  EXPECT_THAT(refusal({{"search_filter", "category=50%-canary"}}), AllOf(HasSubstr("a % that begins no escape"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"search_filter", "category=a\nb"}}), HasSubstr("a line break"));
}

TEST(FhirTableOptions, AsksTheServerForElementsWhereItIsToldTo) {
  EXPECT_EQ(FhirTableOptions::parse("Observation", {{"elements", "status,value"}, {"raw_json", "false"}})->elements, "");
  EXPECT_EQ(FhirTableOptions::parse("Observation",
                                    {{"elements", " status, valueQuantity,value[x] ,id"}, {"raw_json", "false"}, {"elements_on_wire", "true"}})
                ->elements,
            "_elements=id,meta,status,value");
  EXPECT_THAT(refusal({{"elements", "status"}, {"elements_on_wire", "true"}}), HasSubstr("needs elements, and raw_json false"));
  EXPECT_THAT(refusal({{"raw_json", "false"}, {"elements_on_wire", "true"}}), HasSubstr("needs elements, and raw_json false"));
}

TEST(FhirTableOptions, AddsToEverySearch) {
  const FhirSearch search{.since = 0, .counted = true, .further = "category=laboratory&_elements=id,meta"};
  EXPECT_EQ(search.url("http://h/r4", "Observation", "_lastUpdated", 20),
            "http://h/r4/Observation?_lastUpdated=ge1970-01-01T00%3A00%3A00Z&_sort=_lastUpdated&_count=20&_total=accurate"
            "&category=laboratory&_elements=id,meta");
}

bool is_understood(const std::string& self_link, const std::string& filter) {
  FhirPage page;
  page.answer.self_link = self_link;
  return check_filter_was_understood(page, "Observation", filter).has_value();
}

TEST(FhirTableOptions, SeesInTheSelfLinkWhatTheServerLeftUnused) {
  const std::string filter = "category=laboratory&code:text=x";
  EXPECT_TRUE(is_understood("http://h/Observation?_sort=_lastUpdated&category=laboratory&code%3Atext=x", filter));
  EXPECT_TRUE(is_understood("http://h/Observation?code:text=x&category=laboratory&_count=5", filter));
  EXPECT_FALSE(is_understood("http://h/Observation?_sort=_lastUpdated&category=laboratory", filter));
  EXPECT_FALSE(is_understood("http://h/Observation?_count=5&subcategory=laboratory&code:text=x", filter));
  EXPECT_FALSE(is_understood("http://h/Observation?_count=5", filter));
  EXPECT_TRUE(is_understood("http://h/Observation?_getpages=token", filter)) << "a link that says nothing";
  EXPECT_TRUE(is_understood("", filter));
  EXPECT_TRUE(is_understood("http://h/Observation?_count=5", ""));
}

}  // namespace
}  // namespace lakeflow
