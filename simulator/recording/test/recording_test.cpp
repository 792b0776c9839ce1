#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "libs/http/url.h"
#include "simulator/http/http_server.h"
#include "simulator/recording/recorder.h"
#include "simulator/recording/replay_server.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What was logged.
class Lines final : public Logger {
 public:
  void write(LogLevel, std::string_view message, Fields fields) override {
    const std::scoped_lock lock(mutex_);
    std::string line(message);
    for (const auto& [name, value] : fields) {
      line += fmt::format(" {}={}", name, value);
    }
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A source that counts, and a folder for recordings.
class Recording : public testing::Test {
 protected:
  Recording() : folder_(std::filesystem::temp_directory_path() / fmt::format("lakeflow_recording_{}", ::getpid())) {
    std::filesystem::remove_all(folder_);
    source_ = HttpServer::start(0, [this](const ReceivedRequest& request) { return answer(request); }).value();
  }
  ~Recording() override { std::filesystem::remove_all(folder_); }

  HttpAnswer answer(const ReceivedRequest& request) {
    if (request.path() == "/api/token") {
      return {.content_type = "application/json", .body = R"({"access_token":"canary-given","expires_in":60})"};
    }
    if (request.path() == "/api/bytes") {
      return {.content_type = "application/octet-stream", .body = std::string("\xFF\x00\xFE", 3)};
    }
    return {.content_type = "application/json",
            .headers = {{.name = "Set-Cookie", .value = "canary-cookie"},
                        {.name = "Link", .value = "<" + source_->origin() + "/api/orders?page=2>; rel=\"next\""}},
            .body = fmt::format(R"({{"count": {}, "price": 1.50, "next": "{}/api/orders?page=2"}})", ++asked_, source_->origin())};
  }

  std::unique_ptr<Recorder> record() const {
    auto recorder = Recorder::start({.relay = {.upstream = source_->origin() + "/api"}, .into = folder_});
    EXPECT_TRUE(recorder) << recorder.error().message();
    return *std::move(recorder);
  }

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }

  std::string all_text() const {
    std::ostringstream text;
    for (const auto& file : files()) {
      text << std::ifstream(file).rdbuf();
    }
    return text.str();
  }

  std::filesystem::path folder_;
  std::unique_ptr<HttpServer> source_;
  int asked_ = 0;
};

TEST_F(Recording, IsAFileAnExchangeWithoutSecretsAndTheUsersAlone) {
  const auto recorder = record();
  httplib::Client client(origin_of(recorder->relay().base_url()).value().text());
  client.Get("/api/orders?api_key=canary-key&page=1", {{"Authorization", "Bearer canary-token"}});
  client.Post("/api/token", "grant_type=client_credentials&client_secret=canary-secret", "application/x-www-form-urlencoded");
  ASSERT_TRUE(recorder->stop());
  EXPECT_EQ(recorder->recorded(), 2U);
  ASSERT_EQ(files().size(), 2U);
  EXPECT_EQ(files()[0].filename(), "0001_GET_api_orders.json");
  EXPECT_EQ(files()[1].filename(), "0002_POST_api_token.json");
  struct stat status{};
  ASSERT_EQ(::stat(files()[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
  EXPECT_THAT(all_text(), Not(HasSubstr("127.0.0.1"))) << "neither the source's address nor the relay's";
  EXPECT_THAT(all_text(), HasSubstr(R"("target": "/api/orders?api_key=removed&page=1")"));
}

// A source that repeats what it is told: in its answer's headers, in a body, in links.
TEST_F(Recording, HoldsNoSecretUnderAnotherNameEither) {
  source_ = HttpServer::start(0, [](const ReceivedRequest& request) {
              const std::string given(request.header("Authorization"));
              return HttpAnswer{.content_type = "application/json",
                                .headers = {{"X-Seen", given}, {"Set-Cookie", "sid=canary-cookie"}, {"Set-Cookie", "theme=canary-theme"}},
                                .body = fmt::format(R"({{"who": "{}", "price": 1.50, "next": "/t/canary-token/rows"}})", given)};
            }).value();
  const auto recorder = record();
  httplib::Client client(origin_of(recorder->relay().base_url()).value().text());
  client.Get("/api/t/canary-token/rows");  // nobody knows yet that this is one
  client.Get("/api/rows?seen=canary%2Dcookie&u=canary-theme", {{"Authorization", "Bearer canary-token"}});
  client.Post("/api/rows", "{\"say\": \"cmVhZGVyOmNhbmFyeS1wYXNz canary-pass\"}", "application/json");  // reader:canary-pass
  client.Get("/api/rows", {{"Authorization", "Basic cmVhZGVyOmNhbmFyeS1wYXNz"}});
  ASSERT_TRUE(recorder->stop());
  ASSERT_EQ(files().size(), 4U);
  EXPECT_EQ(files()[0].filename(), "0001_GET_api_t_removed_rows.json");
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
  EXPECT_THAT(all_text(), Not(HasSubstr("cmVhZGVy")));
  EXPECT_THAT(all_text(), HasSubstr("1.50")) << "the rest is as it came";
  EXPECT_EQ(recorder->secrets().removed_by_name(), 8U) << "two cookies an answer";
  EXPECT_GT(recorder->secrets().removed_elsewhere(), 8U);
  struct stat status{};
  ASSERT_EQ(::stat(files()[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  source_->stop();

  const auto replay = ReplayServer::start({.folder = folder_}).value();
  httplib::Client again(replay->origin());
  const auto answer = again.Get("/api/t/another-token/rows", {{"Authorization", "Bearer another-token"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << "secrets aside, it is the same request";
  EXPECT_EQ(answer->get_header_value_count("Set-Cookie"), 2U);
}

TEST_F(Recording, IsAnsweredAgain) {
  const auto recorder = record();
  httplib::Client before(origin_of(recorder->relay().base_url()).value().text());
  const std::string first = before.Get("/api/orders?page=1&size=5", {{"Authorization", "Bearer canary-token"}})->body;
  before.Get("/api/orders?page=1&size=5");
  before.Get("/api/bytes");
  ASSERT_TRUE(recorder->stop());
  source_->stop();

  Lines log;
  const auto replay = ReplayServer::start({.folder = folder_, .log = &log});
  ASSERT_TRUE(replay) << replay.error().message();
  EXPECT_EQ((*replay)->exchange_count(), 3U);
  httplib::Client client((*replay)->origin());
  const auto answer = client.Get("/api/orders?size=5&page=1", {{"Authorization", "Bearer another"}});
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("count": 1)")) << "parameters in any order, and whatever the token";
  EXPECT_THAT(answer->body, HasSubstr("1.50")) << "to the last digit";
  EXPECT_THAT(answer->body, HasSubstr((*replay)->origin() + "/api/orders?page=2"));
  EXPECT_EQ(answer->get_header_value("link"), "<" + (*replay)->origin() + "/api/orders?page=2>; rel=\"next\"");
  EXPECT_THAT(client.Get("/api/orders?page=1&size=5")->body, HasSubstr(R"("count": 2)")) << "in the order of the recording";
  EXPECT_THAT(client.Get("/api/orders?page=1&size=5")->body, HasSubstr(R"("count": 2)")) << "and the last one again";
  EXPECT_EQ(client.Get("/api/bytes")->body, std::string("\xFF\x00\xFE", 3));

  const auto unknown = client.Get("/api/orders?page=9&token=canary-token");
  EXPECT_EQ(unknown->status, 501);
  EXPECT_THAT(unknown->body, HasSubstr("this was not recorded"));
  EXPECT_THAT((*replay)->unknown(), ElementsAre("GET /api/orders?page=9&token=removed"));
  EXPECT_THAT(log.lines(), ElementsAre("this was not recorded method=GET path=/api/orders parameters=page, token")) << "at once, and no value";
}

TEST_F(Recording, RefusesFoldersThatDoNotFit) {
  EXPECT_FALSE(ReplayServer::start({.folder = folder_}));
  std::filesystem::create_directories(folder_);
  EXPECT_THAT(ReplayServer::start({.folder = folder_}).error().message(), HasSubstr("holds no recordings"));
  std::ofstream(folder_ / "a.json") << "{}";
  EXPECT_THAT(ReplayServer::start({.folder = folder_}).error().message(), HasSubstr("this is no recorded exchange"));
  EXPECT_THAT(Recorder::start({.relay = {.upstream = source_->origin()}, .into = folder_}).error().message(), HasSubstr("is not empty"));
}

}  // namespace
}  // namespace lakeflow
