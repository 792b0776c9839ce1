#include "libs/http/http_client.h"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/test/log_lines.h"
#include "libs/http/test/scripted_server.h"

namespace lakeflow {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

double seconds_since(steady_clock::time_point start) { return std::chrono::duration<double>(steady_clock::now() - start).count(); }

HttpClientOptions quick(const std::string& url) {
  HttpClientOptions options;
  options.allowed_origins = {*origin_of(url)};
  options.retry = {.budget = 30, .first_wait = 0.01, .longest_wait = 0.05, .longest_retry_after = 2};
  return options;
}

Result<HttpResponse> get(HttpClientOptions options, const std::string& url, const std::stop_token& stop = {}) {
  Result<std::unique_ptr<HttpClient>> client = HttpClient::make(std::move(options));
  return (*client)->send({.url = url}, stop);
}

Result<HttpResponse> get(const std::string& url, const std::stop_token& stop = {}) { return get(quick(url), url, stop); }

// Fails `failures` times by `fail`, then says "fine".
ScriptedServer::Answer fine_after(int failures, ScriptedServer::Answer fail) {
  return [failures, fail = std::move(fail), asked = std::make_shared<std::atomic<int>>(0)](const httplib::Request& request,
                                                                                           httplib::Response& response) {
    if (asked->fetch_add(1) < failures) {
      fail(request, response);
    } else {
      response.set_content("fine", "text/plain");
    }
  };
}

TEST(HttpClient, GetsAndPosts) {
  const ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    response.set_header("X-Seen", request.get_header_value("X-Sent"));
    response.set_content(request.method + " " + request.path + " " + request.body, "text/plain");
  });
  auto client = *HttpClient::make(quick(server.url()));
  const auto got = client->send({.url = server.url() + "/a?b=c", .headers = {{"X-Sent", "yes"}}});
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /a ");
  EXPECT_EQ(got->header("x-seen"), "yes");
  const auto posted = client->send({.method = "POST", .url = server.url() + "/p", .body = "x=1"});
  ASSERT_TRUE(posted) << posted.error().message();
  EXPECT_EQ(posted->body, "POST /p x=1");
}

TEST(HttpClient, KeepsEveryHeaderAndTakesSeveralLinksForOneList) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    for (const auto& [name, value] :
         {std::pair("Link", "</2>; rel=\"next\""), std::pair("X-Tag", "b"), std::pair("Link", "</1>; rel=\"prev\""), std::pair("X-Tag", "a")}) {
      response.headers.emplace(name, value);
    }
  });
  const auto response = get(server.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->header("link"), "</2>; rel=\"next\", </1>; rel=\"prev\"");
  EXPECT_EQ(response->header("x-tag"), "a");
  std::vector<std::string> tags;
  for (const HttpHeader& header : response->header_lines) {
    if (header.name == "x-tag") tags.push_back(header.value);
  }
  EXPECT_EQ(tags, (std::vector<std::string>{"b", "a"}));
}

TEST(HttpClient, UsesItsConnectionAgain) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.set_content("fine", "text/plain"); });
  auto client = *HttpClient::make(quick(server.url()));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client->send({.url = server.url()}));
  }
  const auto requests = server.requests();
  for (const auto& request : requests) {
    EXPECT_EQ(request.remote_port, requests.front().remote_port);
  }
}

TEST(HttpClient, TriesAgainWhatMayPass) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    const ScriptedServer server(fine_after(3, [status](const httplib::Request&, httplib::Response& response) { response.status = status; }));
    const auto response = get(server.url());
    ASSERT_TRUE(response) << status << ": " << response.error().message();
    EXPECT_EQ(response->body, "fine");
    EXPECT_EQ(server.count(), 4U) << status;
  }
}

TEST(HttpClient, LeavesOtherStatusesToItsCaller) {
  for (const int status : {400, 401, 403, 404, 410, 422, 501}) {
    const ScriptedServer server([status](const httplib::Request&, httplib::Response& response) { response.status = status; });
    const auto response = get(server.url());
    ASSERT_TRUE(response) << status;
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(server.count(), 1U) << status;
  }
}

TEST(StatusError, NamesTheParametersOfARequestThatIsCalledBadAndNoValue) {
  for (const int status : {400, 422}) {
    HttpResponse response;
    response.status = status;
    response.url = "https://h/orders?updated_since=canary&limit=500&canary%20x=1";
    const Error error = status_error(response);
    EXPECT_EQ(error.message(), fmt::format("https://h/orders answered {} ({}; asked with updated_since, limit, *)", status,
                                           status == 400 ? "bad request" : "unprocessable"));
    EXPECT_THAT(error.next_step(), HasSubstr("each of these parameters"));
    response.url = "https://h/orders";
    const Error plain = status_error(response);
    EXPECT_THAT(plain.message(), Not(HasSubstr("asked with")));
    EXPECT_THAT(plain.next_step(), HasSubstr("this path"));
  }
}

TEST(HttpClient, GivesUpWhenTheBudgetIsSpent) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.status = 500;
    response.set_content("patient Doe", "text/plain");
  });
  HttpClientOptions options = quick(server.url());
  options.retry.budget = 2;
  options.credentials = fixed_credentials(bearer_token("s3cret"));
  const auto response = get(options, server.url() + "/Patient?name=Doe");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind(), ErrorKind::kSource);
  EXPECT_THAT(response.error().message(), HasSubstr(server.url() + "/Patient answered 500 ("));
  EXPECT_THAT(response.error().message() + response.error().next_step(), Not(HasSubstr("Doe")));
  EXPECT_THAT(response.error().message() + response.error().next_step(), Not(HasSubstr("s3cret")));
  EXPECT_GT(server.count(), 2U);
}

TEST(HttpClient, DoesNotRepeatWhatMayNotBeRepeated) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.status = 503; });
  auto client = *HttpClient::make(quick(server.url()));
  EXPECT_FALSE(client->send({.method = "POST", .url = server.url(), .body = "x", .repeatable = false}));
  EXPECT_EQ(server.count(), 1U);
}

TEST(HttpClient, WaitsAsLongAsTheServerAsks) {
  const ScriptedServer server(fine_after(1, [](const httplib::Request&, httplib::Response& response) {
    response.status = 429;
    response.set_header("Retry-After", "1");
  }));
  const auto start = steady_clock::now();
  EXPECT_EQ(get(server.url()).value_or(HttpResponse{}).body, "fine");
  EXPECT_GE(seconds_since(start), 1.0);
}

TEST(HttpClient, WaitsUntilADateByTheServersClock) {
  const ScriptedServer server(fine_after(1, [](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    response.set_header("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT");
  }));
  const auto start = steady_clock::now();
  EXPECT_EQ(get(server.url()).value_or(HttpResponse{}).body, "fine");
  EXPECT_GE(seconds_since(start), 1.0);
}

TEST(HttpClient, DoesNotSleepBeyondItsBudget) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "86400");
  });
  HttpClientOptions options = quick(server.url());
  options.retry = {.budget = 60, .first_wait = 1, .longest_wait = 1, .longest_retry_after = 3600};
  const auto start = steady_clock::now();
  EXPECT_FALSE(get(options, server.url()));
  EXPECT_LT(seconds_since(start), 30.0);
}

TEST(HttpClient, TriesAgainWhenABodyIsCut) {
  const std::string whole(100000, 'x');
  const auto cut = [&whole](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(whole.size(), "text/plain", [&whole](std::size_t offset, std::size_t, httplib::DataSink& sink) {
      if (offset > 0) {
        return false;
      }
      return sink.write(whole.data(), whole.size() / 2);
    });
  };
  const ScriptedServer server(fine_after(2, cut));
  const auto response = get(server.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "fine");
  EXPECT_EQ(server.count(), 3U);

  const ScriptedServer always(cut);
  HttpClientOptions options = quick(always.url());
  options.retry.budget = 0.1;
  EXPECT_THAT(get(options, always.url()).error().message(), HasSubstr("its answer was cut"));
  EXPECT_THAT(get(options, always.url()).error().next_step(), HasSubstr("smaller pages"));
}

TEST(HttpClient, GivesABodyAsItComesAndFromTheBeginningAgain) {
  struct Sink : BodySink {
    std::string body;
    int restarts = 0;
    Status restart() override {
      body.clear();
      ++restarts;
      return {};
    }
    Status write(std::string_view bytes) override {
      body += bytes;
      return {};
    }
  };
  const ScriptedServer server(fine_after(1, [](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(8, "text/plain",
                                  [](std::size_t offset, std::size_t, httplib::DataSink& sink) { return offset == 0 && sink.write("half", 4); });
  }));
  auto client = *HttpClient::make(quick(server.url()));
  Sink sink;
  const auto response = client->send({.url = server.url()}, sink);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(sink.body, "fine");
  EXPECT_EQ(sink.restarts, 2);
  EXPECT_EQ(response->body, "");
}

TEST(HttpClient, IsInterruptedWhileAServerHangs) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  {
    const ScriptedServer server([released](const httplib::Request&, httplib::Response& response) {
      released.wait();
      response.set_content("late", "text/plain");
    });
    std::stop_source stop;
    std::jthread stopper([&stop] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stop.request_stop();
    });
    const auto start = steady_clock::now();
    const auto response = get(server.url(), stop.get_token());
    EXPECT_LT(seconds_since(start), 10.0);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind(), ErrorKind::kInterrupted);
    release.set_value();
  }
}

TEST(HttpClient, IsInterruptedWhileItWaits) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "60");
  });
  HttpClientOptions options = quick(server.url());
  options.retry = {.budget = 100, .first_wait = 1, .longest_wait = 1, .longest_retry_after = 60};
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const auto start = steady_clock::now();
  const auto response = get(options, server.url(), stop.get_token());
  EXPECT_LT(seconds_since(start), 10.0);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind(), ErrorKind::kInterrupted);
}

TEST(HttpClient, TimesOutAServerThatHangs) {
  const ScriptedServer server(
      fine_after(1, [](const httplib::Request&, httplib::Response&) { std::this_thread::sleep_for(std::chrono::milliseconds(3000)); }));
  HttpClientOptions options = quick(server.url());
  options.request_timeout = 1;
  const auto response = get(options, server.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "fine");
}

TEST(HttpClient, SaysSoonThatNobodyListens) {
  std::string url;
  {
    const ScriptedServer gone([](const httplib::Request&, httplib::Response&) {});
    url = gone.url();
  }
  const auto start = steady_clock::now();
  const auto response = get(url);
  ASSERT_FALSE(response);
  EXPECT_LT(seconds_since(start), 20.0) << "not as long as the budget";
  EXPECT_THAT(response.error().message(), HasSubstr("it cannot be connected to (4 attempts"));
  EXPECT_EQ(response.error().next_step(), "is the address right, and is the server running?");

  // A client beside others that the server has answered knows better: it waits as long as they do.
  HttpClientOptions later = quick(url);
  later.retry.budget = 0.5;
  later.limits = std::make_shared<RequestLimits>(RequestLimitOptions{});
  later.limits->note_answer();
  EXPECT_THAT(get(later, url).error().message(), Not(HasSubstr("(4 attempts")));
}

TEST(HttpClient, FollowsRedirectsOfItsOriginWithItsCredentials) {
  const ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/old") {
      response.set_redirect("/new?x=1");
    } else {
      response.set_content(request.path + " " + request.get_header_value("Authorization"), "text/plain");
    }
  });
  HttpClientOptions options = quick(server.url());
  options.credentials = fixed_credentials(bearer_token("t"));
  const auto response = get(options, server.url() + "/old");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "/new Bearer t");
  EXPECT_EQ(response->url, server.url() + "/new?x=1");
}

TEST(HttpClient, DropsItsCredentialsWhenARedirectLeavesTheOrigin) {
  const ScriptedServer other([](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.has_header("Authorization") ? "leaked" : "clean", "text/plain");
  });
  const ScriptedServer server([&other](const httplib::Request&, httplib::Response& response) { response.set_redirect(other.url() + "/file"); });
  HttpClientOptions options = quick(server.url());
  options.credentials = fixed_credentials(bearer_token("t"));

  const auto refused = get(options, server.url());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("a link leads to " + other.url() + ", an origin that is not allowed"));
  EXPECT_EQ(other.count(), 0U);

  options.allowed_origins.push_back(*origin_of(other.url()));
  EXPECT_EQ(get(options, server.url()).value_or(HttpResponse{}).body, "clean");
}

TEST(HttpClient, EndsWhenRedirectsDoNot) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.set_redirect("/again"); });
  EXPECT_THAT(get(server.url()).error().message(), HasSubstr("redirects without end"));
}

TEST(HttpClient, AsksNobodyElse) {
  HttpClientOptions options = quick("http://127.0.0.1:1");
  EXPECT_EQ(get(options, "http://127.0.0.1:2/").error().kind(), ErrorKind::kSource);
  EXPECT_EQ(get(quick("http://example.invalid"), "http://example.invalid/").error().message(),
            "http://example.invalid/ would be asked without encryption");
}

TEST(HttpClient, RefusesANameThatLeadsToAPrivateAddress) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.set_content("inside", "text/plain"); });
  const std::string by_name = "http://localhost" + server.url().substr(server.url().rfind(':'));
  HttpClientOptions options = quick("https://fhir.example.org");
  options.allowed_origins.push_back(*origin_of(by_name));
  EXPECT_THAT(get(options, by_name).error().message(), HasSubstr("private address"));
  EXPECT_EQ(server.count(), 0U);
  EXPECT_EQ(get(quick(by_name), by_name).value_or(HttpResponse{}).body, "inside") << "what the user configured may be private";
}

TEST(HttpClient, RefusesABodyOverTheCap) {
  const ScriptedServer server(
      [](const httplib::Request&, httplib::Response& response) { response.set_content(std::string(2000, 'x'), "text/plain"); });
  HttpClientOptions options = quick(server.url());
  options.maximum_body_bytes = 1000;
  EXPECT_THAT(get(options, server.url()).error().message(), HasSubstr("a body of more than 1000 bytes"));
  EXPECT_EQ(server.count(), 1U) << "asking again would not help";
}

// cpp-httplib compresses JSON for a client that takes gzip.
TEST(HttpClient, InflatesGzipButNoBomb) {
  const ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    response.set_content(std::string(request.path == "/bomb" ? std::size_t{64} << 20U : 5000, 'x'), "application/json");
  });
  const auto response = get(server.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->header("content-encoding"), "gzip");
  EXPECT_EQ(response->body, std::string(5000, 'x'));
  EXPECT_LT(response->wire_bytes, 500U);
  EXPECT_THAT(get(server.url() + "/bomb").error().message(), HasSubstr("grows more than 200 times"));
}

TEST(HttpClient, DoesNotWaitForEverForTheFirstByte) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    response.set_content("late", "text/plain");
  });
  HttpClientOptions options = quick(server.url());
  options.first_byte_timeout = 0.3;
  options.retry.budget = 0.1;
  const auto start = steady_clock::now();
  const auto response = get(options, server.url());
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message(), HasSubstr("did not begin to answer in time (first_byte_timeout)"));
  EXPECT_LT(seconds_since(start), 1.9);
}

TEST(HttpClient, DoesNotWaitForEverForTheNextByte) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(200, "text/plain", [](std::size_t offset, std::size_t, httplib::DataSink& sink) {
      if (offset > 0) {
        std::this_thread::sleep_for(std::chrono::seconds(2));
      }
      const std::string half(100, 'x');
      return sink.write(half.data(), half.size());
    });
  });
  HttpClientOptions options = quick(server.url());
  options.stall_timeout = 0.3;
  options.first_byte_timeout = 60;
  options.retry.budget = 0.1;
  const auto response = get(options, server.url());
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message(), HasSubstr("sent nothing more (stall_timeout)"));
  options.stall_timeout = 60;
  EXPECT_EQ(get(options, server.url())->body, std::string(200, 'x'));
}

TEST(HttpClient, KeepsToTheLimitsThatItShares) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.set_content("fine", "text/plain"); });
  HttpClientOptions options = quick(server.url());
  options.limits = std::make_shared<RequestLimits>(RequestLimitOptions{.requests_per_second = 20});
  const auto start = steady_clock::now();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto client = *HttpClient::make(options);
      for (int request = 0; request < 4; ++request) {
        EXPECT_TRUE(client->send({.url = server.url()}));
      }
    });
  }
  threads.clear();
  EXPECT_GE(seconds_since(start), 11 / 20.0);
}

TEST(HttpClient, GivesUpWhereTheConnectionHasSpentItsHour) {
  const ScriptedServer server([](const httplib::Request&, httplib::Response& response) { response.status = 503; });
  HttpClientOptions options = quick(server.url());
  options.retry.first_wait = 0.2;
  options.limits = std::make_shared<RequestLimits>(RequestLimitOptions{.retry_seconds_per_hour = 0.5});
  const auto response = get(options, server.url());
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message(), HasSubstr("has spent what an hour may go into trying again"));
  const std::size_t asked = server.count();
  EXPECT_FALSE(get(options, server.url()));
  EXPECT_LE(server.count(), asked + 2) << "another client of the same connection begins with what is left";
}

TEST(HttpClient, TellsOfEachExchange) {
  const ScriptedServer server(fine_after(1, [](const httplib::Request&, httplib::Response& response) { response.status = 503; }));
  LogLines log;
  HttpClientOptions options = quick(server.url());
  options.log = &log;
  options.credentials = fixed_credentials(bearer_token("canary"));
  ASSERT_TRUE(get(options, server.url() + "/Patient?name=canary"));
  ASSERT_EQ(log.lines.size(), 3U);
  EXPECT_THAT(log.lines[0], HasSubstr("http exchange method=GET url=" + server.url() + "/Patient?name status=503 attempt=1 sent_bytes=0"));
  EXPECT_THAT(log.lines[1], HasSubstr("asking the server again"));
  EXPECT_THAT(log.lines[2], HasSubstr("status=200 attempt=2 sent_bytes=0 received_bytes="));
  EXPECT_THAT(log.lines, Not(testing::Contains(HasSubstr("canary"))));
}

}  // namespace
}  // namespace lakeflow
