#include "libs/http/proxy.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/trace_url.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;
using Variables = std::map<std::string, std::string>;

std::string chosen(const std::string& url, const Variables& variables, const std::string& option = "environment") {
  return proxy_for(*origin_of(url), {.proxy = option, .username = {}, .password = {}}, [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Proxy, IsThatOfTheEnvironment) {
  EXPECT_EQ(chosen("https://h", {{"https_proxy", "http://p:1"}, {"HTTPS_PROXY", "http://q:1"}}), "http://p:1");
  EXPECT_EQ(chosen("https://h", {{"HTTPS_PROXY", "http://q:1"}}), "http://q:1");
  EXPECT_EQ(chosen("https://h", {{"http_proxy", "http://p:1"}}), "");
  EXPECT_EQ(chosen("http://h", {{"http_proxy", "http://p:1"}}), "http://p:1");
  EXPECT_EQ(chosen("http://h", {{"HTTP_PROXY", "http://p:1"}}), "") << "a client of a CGI program may set it";
  EXPECT_EQ(chosen("https://h", {{"ALL_PROXY", "http://p:1"}}), "http://p:1");
}

TEST(Proxy, IsNotForWhatTheEnvironmentExcepts) {
  const auto is_direct = [](const std::string& url, const std::string& no_proxy) {
    return chosen(url, {{"https_proxy", "http://p:1"}, {"no_proxy", no_proxy}}).empty();
  };
  EXPECT_TRUE(is_direct("https://fhir.example.org", "a.org,fhir.example.org"));
  EXPECT_TRUE(is_direct("https://fhir.example.org", "example.org"));
  EXPECT_TRUE(is_direct("https://fhir.example.org", " .Example.org"));
  EXPECT_TRUE(is_direct("https://fhir.example.org", "*"));
  EXPECT_TRUE(is_direct("https://10.0.0.1", "10.0.0.1"));
  EXPECT_TRUE(is_direct("https://[fe80::1]", "fe80::1"));
  EXPECT_TRUE(is_direct("https://h:8443", "h:8443"));
  EXPECT_FALSE(is_direct("https://h", "h:8443"));
  EXPECT_FALSE(is_direct("https://badexample.org", "example.org"));
  EXPECT_FALSE(is_direct("https://h", ""));
  EXPECT_FALSE(is_direct("https://h", ",, ."));
}

TEST(Proxy, IsThatOfTheOptionWhateverTheEnvironmentSays) {
  const Variables variables = {{"https_proxy", "http://p:1"}, {"no_proxy", "*"}};
  EXPECT_EQ(chosen("https://h", variables, "http://own:3128"), "http://own:3128");
  EXPECT_EQ(chosen("https://h", variables, "none"), "");
  EXPECT_EQ(chosen("http://127.0.0.1:8080", variables, "http://own:3128"), "") << "this machine";
}

TEST(Proxy, OptionIsChecked) {
  EXPECT_TRUE((ProxyOptions{.proxy = "http://p:3128", .username = {}, .password = {}}.check()));
  EXPECT_THAT((ProxyOptions{.proxy = "p:3128", .username = {}, .password = {}}.check().error().message()), HasSubstr("neither environment nor none"));
  const Error held = ProxyOptions{.proxy = "http://u:canary@p:3128", .username = {}, .password = {}}.check().error();
  EXPECT_THAT(held.message() + held.next_step(), Not(HasSubstr("canary")));
}

TEST(TraceUrl, ShowsNoValueThatMayBeAPersonsOrAKey) {
  EXPECT_EQ(trace_url("https://u:p@h:8443/fhir/Patient/12345?_count=10&name=x#y"), "https://h:8443/fhir/Patient/*?_count&name");
  EXPECT_EQ(trace_url("https://h/baseR4/Observation?_lastUpdated=ge2024&_sort=_lastUpdated"), "https://h/baseR4/Observation?_lastUpdated&_sort");
  EXPECT_EQ(trace_url("https://h/v2/Patient/0b1c9f6e-0000-4000-8000-000000000000/_history/2"), "https://h/v2/Patient/*/_history/*");
  EXPECT_EQ(trace_url("https://h?_getpages=abc&Mary Miller=1&"), "https://h?_getpages&*");
  EXPECT_EQ(trace_url("https://h/fhir/Patient/mary"), "https://h/fhir/Patient/*");
  EXPECT_EQ(trace_url("https://h/fhir/Patient/_search"), "https://h/fhir/Patient/_search");
  EXPECT_EQ(trace_url("https://h"), "https://h");
}

}  // namespace
}  // namespace lakeflow
