// Reading a destination that another process holds, over its socket: here with a server in this process, on a real DuckDB file.

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/socket/channel.h"
#include "destinations/socket/messages.h"
#include "destinations/socket/read_server.h"
#include "destinations/socket/socket_destination.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kEndlessQuery = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 8";

class SocketTest : public testing::Test {
 protected:
  SocketTest() {
    // Deeper than the 107 bytes that a socket's address holds.
    std::string folder = std::filesystem::temp_directory_path() / "lakeflow_socket_XXXXXX";
    root_ = mkdtemp(folder.data());
    const std::filesystem::path deep = root_ / std::string(60, 'a') / std::string(60, 'b');
    std::filesystem::create_directories(deep);
    path_ = deep / "clinic.duckdb";
    Result<std::unique_ptr<Destination>> opened = open_duckdb({.path = path_});
    EXPECT_TRUE(opened.has_value());
    held_ = *std::move(opened);
  }
  ~SocketTest() override {
    server_.reset();
    held_.reset();
    std::filesystem::remove_all(root_);
  }

  std::string folder() const { return path_ + ".tmp"; }

  void serve(ReadServerOptions options = {}) {
    options.folder = folder();
    options.process_state = [] { return std::string("{\"state\":1}"); };
    Result<std::unique_ptr<ReadServer>> started = ReadServer::start(*held_, std::move(options));
    ASSERT_TRUE(started.has_value()) << started.error().message();
    server_ = *std::move(started);
  }

  std::unique_ptr<Destination> connect() const {
    Result<std::unique_ptr<Destination>> connected = connect_to_run(folder());
    EXPECT_TRUE(connected.has_value() && *connected != nullptr);
    return connected ? *std::move(connected) : nullptr;
  }

  static Result<std::vector<std::int64_t>> integers(Destination& destination, const std::string& sql) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, destination.query(sql));
    std::vector<std::int64_t> values;
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      if (const arrow::Status status = rows->ReadNext(&batch); !status.ok()) {
        return std::unexpected(Error::destination(status.message()));
      }
      if (batch == nullptr) {
        return values;
      }
      const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (std::int64_t row = 0; row < column.length(); ++row) {
        values.push_back(column.Value(row));
      }
    }
  }

  std::filesystem::path root_;
  std::string path_;
  std::unique_ptr<Destination> held_;
  std::unique_ptr<ReadServer> server_;
};

TEST_F(SocketTest, NobodyAnswersWhereNoServerIs) {
  const Result<std::unique_ptr<Destination>> connected = connect_to_run(folder());
  ASSERT_TRUE(connected.has_value());
  EXPECT_EQ(*connected, nullptr);
  EXPECT_EQ(*connect_to_run("/nowhere/at/all"), nullptr);
}

TEST_F(SocketTest, OnlyItsUserMayUseIt) {
  serve();
  struct stat socket{};
  ASSERT_EQ(::stat((folder() + "/socket").c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777U, 0600U);
  server_.reset();
  EXPECT_NE(::stat((folder() + "/socket").c_str(), &socket), 0) << "it is taken away at the end";
}

TEST_F(SocketTest, APeerOfAnotherUserIsRefusedOnBothEnds) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can become another user";
  }
  serve();
  // The folders above are open to all, so that only the peer's identity is in the way.
  for (std::filesystem::path path = folder(); path != root_.parent_path(); path = path.parent_path()) {
    ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
  }
  ASSERT_EQ(::chmod((folder() + "/socket").c_str(), 0777), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(::setuid(65534) != 0 ? 3 : connect_to_run(folder()).has_value() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "a client of another user must not get an answer, nor trust one";
  EXPECT_NE(connect(), nullptr);
}

TEST_F(SocketTest, AnswersAsTheDestinationItselfDoes) {
  const StateOwner owner{"clinic", "Patient", "main.Patient"};
  auto transaction = held_->begin();
  ASSERT_TRUE(transaction.has_value());
  ASSERT_TRUE((*transaction)->put_state(owner, "offset", std::string_view("\0{}\xff", 4)).has_value());
  ASSERT_TRUE((*transaction)->put_state(owner, "key/a", "1").has_value());
  ASSERT_TRUE((*transaction)->put_state(owner, "key/b", "").has_value());
  ASSERT_TRUE((*transaction)->commit().has_value());
  serve();
  const std::unique_ptr<Destination> client = connect();
  EXPECT_EQ(client->describe(), held_->describe());
  EXPECT_EQ(*client->find_state(owner, "offset"), std::string("\0{}\xff", 4));
  EXPECT_EQ(*client->find_state(owner, "nothing"), std::nullopt);
  std::vector<std::string> entries;
  ASSERT_TRUE(client
                  ->scan_state(owner, "key/",
                               [&](std::string_view name, std::string_view value) -> Status {
                                 entries.push_back(std::string(name) + "=" + std::string(value));
                                 return {};
                               })
                  .has_value());
  EXPECT_THAT(entries, ElementsAre("key/a=1", "key/b="));
  EXPECT_EQ(dynamic_cast<RunningProcess&>(*client).process_state().value_or(""), "{\"state\":1}");
  EXPECT_EQ(client->begin().error().kind(), ErrorKind::kInternal);
}

TEST_F(SocketTest, AnErrorHasItsKindAndItsAdvice) {
  serve();
  const std::unique_ptr<Destination> client = connect();
  for (const char* sql : {"SELEC 1", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "CREATE TABLE t (i INT)", "DELETE FROM _lakeflow.runs",
                          "ATTACH 'other.db'", "COPY (SELECT 1) TO 'out.csv'", "SELECT * FROM read_text('/etc/hostname')",
                          "SELECT * FROM '/etc/hostname.csv'", "SET enable_external_access = true", "INSTALL httpfs"}) {
    const auto here = held_->query(sql);
    const auto there = client->query(sql);
    ASSERT_FALSE(here.has_value()) << sql;
    ASSERT_FALSE(there.has_value()) << sql;
    EXPECT_EQ(there.error().kind(), here.error().kind()) << sql;
    EXPECT_EQ(there.error().message(), here.error().message()) << sql;
    EXPECT_EQ(there.error().next_step(), here.error().next_step()) << sql;
  }
}

TEST_F(SocketTest, StreamsAMillionRows) {
  serve();
  const Result<std::vector<std::int64_t>> values = integers(*connect(), "SELECT range FROM range(1000000)");
  ASSERT_TRUE(values.has_value()) << values.error().message();
  ASSERT_EQ(values->size(), 1'000'000U);
  for (std::size_t i = 0; i < values->size(); ++i) {
    ASSERT_EQ((*values)[i], static_cast<std::int64_t>(i));
  }
}

TEST_F(SocketTest, AnErrorAmongTheRowsIsAnErrorAndNoEnd) {
  serve();
  const auto values = integers(*connect(), "SELECT CASE WHEN range < 900000 THEN range ELSE error('halt') END FROM range(1000000)");
  EXPECT_FALSE(values.has_value());
}

TEST_F(SocketTest, AClientThatDoesNotReadIsLetGoAndHoldsUpNobody) {
  serve({.folder = {}, .process_state = {}, .most_clients = 1, .patience = 200ms});
  const auto stuck = connect()->query("SELECT range, repeat('x', 1000) FROM range(1000000)");
  ASSERT_TRUE(stuck.has_value());
  // The only place is taken until the server's patience ends.
  EXPECT_THAT(integers(*connect(), "SELECT 7::BIGINT").value_or(std::vector<std::int64_t>{}), ElementsAre(7));
  std::shared_ptr<arrow::RecordBatch> batch;
  arrow::Status status = (*stuck)->ReadNext(&batch);
  while (status.ok() && batch != nullptr) {
    status = (*stuck)->ReadNext(&batch);
  }
  EXPECT_THAT(status.message(), HasSubstr("ended while it answered")) << "what was cut off must not look complete";
}

TEST_F(SocketTest, AClientThatGoesAwayIsForgotten) {
  serve({.folder = {}, .process_state = {}, .most_clients = 2});
  for (int i = 0; i < 20; ++i) {
    const auto rows = connect()->query("SELECT range FROM range(1000000)");
    ASSERT_TRUE(rows.has_value());
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_TRUE((*rows)->ReadNext(&batch).ok());
  }
}

TEST_F(SocketTest, TheServersEndEndsQueriesAtOnce) {
  serve();
  const std::unique_ptr<Destination> client = connect();
  auto asked = std::async(std::launch::async, [&] { return client->query(kEndlessQuery).has_value(); });
  ASSERT_EQ(asked.wait_for(300ms), std::future_status::timeout) << "the query was to take long";
  const auto began = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_FALSE(asked.get());
}

TEST_F(SocketTest, WhatIsNoQuestionIsAnsweredWithAnError) {
  serve();
  for (const char* words : {"", "{}", "GET / HTTP/1.1\r\n\r\n", R"({"version":99,"about":"query","text":"","owner":["","",""]})"}) {
    std::optional<Descriptor> socket = connect_in(folder());
    ASSERT_TRUE(socket.has_value());
    Channel channel(*std::move(socket), -1, 5s);
    ASSERT_TRUE(channel.write_frame(words).has_value());
    const Result<std::string> frame = channel.read_frame();
    ASSERT_TRUE(frame.has_value());
    const Result<Answer> answer = decode_answer(*frame);
    ASSERT_TRUE(answer.has_value() && answer->error.has_value());
    EXPECT_THAT(answer->error->next_step(), HasSubstr("same version"));
  }
  EXPECT_NE(connect(), nullptr);
}

TEST_F(SocketTest, ASocketThatAKilledProcessLeftIsReplaced) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<Descriptor> listening = listen_in(folder());
    ::_exit(listening.has_value() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(std::filesystem::exists(folder() + "/socket"));
  EXPECT_EQ(*connect_to_run(folder()), nullptr) << "nobody listens on it";
  serve();
  EXPECT_NE(connect(), nullptr);
}

}  // namespace
}  // namespace lakeflow
