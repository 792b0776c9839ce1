// A key that goes into the query of each request, and nowhere else.

#include <gmock/gmock.h>

#include "libs/http/http_client.h"
#include "libs/http/test/log_lines.h"
#include "libs/http/test/scripted_server.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;

// A server that names its next page as many do: by the whole query that it was asked with, and asks to be asked elsewhere.
void answer_by_key(const httplib::Request& request, httplib::Response& response, const std::string& elsewhere) {
  const std::string query = "?api%5Fkey=" + percent_encode(request.get_param_value("api_key"));
  if (request.path == "/old") {
    response.set_redirect("/new" + query + "&page=2");
  } else if (request.path == "/away") {
    response.set_redirect(elsewhere + "/file" + query + "&page=2");
  } else {
    response.status = request.get_param_value_count("api_key") == 1 && request.get_param_value("api_key") == "canary & co" ? 200 : 400;
    response.set_content(request.target, "text/plain");
  }
}

HttpClientOptions options_for(const std::string& url) {
  HttpClientOptions options;
  options.allowed_origins = {*origin_of(url)};
  return options;
}

Result<HttpResponse> get(const HttpClientOptions& options, const std::string& url) { return (*HttpClient::make(options))->send({.url = url}); }

TEST(KeyInQuery, IsSentOnceAndToldToNobody) {
  const ScriptedServer other(
      [](const httplib::Request& request, httplib::Response& response) { response.set_content(request.target, "text/plain"); });
  const ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) { answer_by_key(request, response, other.url()); });
  LogLines log;
  HttpClientOptions options = options_for(server.url());
  options.allowed_origins.push_back(*origin_of(other.url()));
  options.credentials = fixed_credentials_in_query("api_key", "canary & co");
  options.log = &log;
  const auto plain = get(options, server.url() + "/list?page=1");
  EXPECT_EQ(plain->status, 200);
  EXPECT_EQ(plain->body, "/list?page=1&api_key=canary%20%26%20co");
  EXPECT_EQ(plain->url, server.url() + "/list?page=1");
  const auto link = get(options, server.url() + "/list?api_key=canary%20%26%20co&page=2");
  EXPECT_EQ(link->status, 200) << "a link of the server may have the key in it";
  EXPECT_EQ(link->url, server.url() + "/list?page=2");
  const auto redirected = get(options, server.url() + "/old");
  EXPECT_EQ(redirected->status, 200);
  EXPECT_EQ(redirected->url, server.url() + "/new?page=2");
  EXPECT_EQ(get(options, server.url() + "/away")->body, "/file?page=2") << "the key left its origin";

  options.allowed_origins.pop_back();
  const auto failed = get(options, server.url() + "/away");
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message() + failed.error().next_step(), Not(HasSubstr("canary")));
  EXPECT_THAT(log.lines, testing::SizeIs(7));
  EXPECT_THAT(log.lines, Not(testing::Contains(HasSubstr("canary"))));
}

}  // namespace
}  // namespace lakeflow
