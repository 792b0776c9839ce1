#include "libs/http/url.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(Url, HasAnOriginWithItsPort) {
  EXPECT_EQ(origin_of("https://FHIR.example.org/r4?x=1")->text(), "https://fhir.example.org:443");
  EXPECT_EQ(origin_of("http://127.0.0.1:8080/fhir")->text(), "http://127.0.0.1:8080");
  EXPECT_EQ(origin_of("http://[::1]/fhir")->text(), "http://[::1]:80");
  EXPECT_EQ(*origin_of("https://example.org:443"), *origin_of("https://example.org/"));
  EXPECT_NE(*origin_of("https://example.org"), *origin_of("http://example.org"));
  for (const char* bad : {"ftp://example.org/", "file:///etc/passwd", "example.org", "", "http://"}) {
    EXPECT_FALSE(origin_of(bad)) << bad;
  }
}

TEST(Url, ResolvesReferencesAgainstItsPlace) {
  struct Case {
    const char* reference;
    const char* url;
  };
  for (const Case& c : {Case{"https://other.org/x", "https://other.org/x"}, Case{"/fhir?page=2", "http://h:8080/fhir?page=2"},
                        Case{"?page=2", "http://h:8080/fhir/Patient?page=2"}, Case{"Patient?page=2", "http://h:8080/fhir/Patient?page=2"},
                        Case{"//other.org/x", "http://other.org/x"}}) {
    EXPECT_EQ(resolve_url("http://h:8080/fhir/Patient?_count=5", c.reference).value_or("error"), c.url) << c.reference;
  }
  const auto refused = resolve_url("http://h/fhir?name=secret", "file:///etc/passwd");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "http://h/fhir gave a link that is no http or https URL");
}

TEST(Url, EncodesForAQuery) { EXPECT_EQ(percent_encode("ge2024-01-01T00:00:00+02:00|ä"), "ge2024-01-01T00%3A00%3A00%2B02%3A00%7C%C3%A4"); }

TEST(Url, TakesOneMoreParameterAndLosesThoseOfAName) {
  EXPECT_EQ(with_parameter("https://h/a", "key", "a b"), "https://h/a?key=a%20b");
  EXPECT_EQ(with_parameter("https://h/a?x=1", "key", "k"), "https://h/a?x=1&key=k");
  EXPECT_EQ(with_parameter("https://h/a?", "key", "k"), "https://h/a?key=k");
  EXPECT_EQ(with_parameter("https://h/a#top?", "key", "k"), "https://h/a?key=k#top?");
  EXPECT_EQ(without_parameter("https://h/a?key=1&x=%20&k%65y=2&keys=3#key=4", "key"), "https://h/a?x=%20&keys=3#key=4");
  EXPECT_EQ(without_parameter("https://h/a?key", "key"), "https://h/a");
  EXPECT_EQ(without_parameter("https://h/a?&x=1", "key"), "https://h/a?&x=1");
}

TEST(Url, KnowsThisMachine) {
  EXPECT_TRUE(is_loopback_host("localhost"));
  EXPECT_TRUE(is_loopback_host("127.0.0.1"));
  EXPECT_TRUE(is_loopback_host("127.9.9.9"));
  EXPECT_TRUE(is_loopback_host("[::1]"));
  EXPECT_FALSE(is_loopback_host("127.0.0.1.example.org"));
  EXPECT_FALSE(is_loopback_host("10.0.0.1"));
}

}  // namespace
}  // namespace lakeflow
