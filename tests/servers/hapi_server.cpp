#include "tests/servers/hapi_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

const std::string kFolder = LAKEFLOW_SOURCE_DIR "/.deps/servers/hapi";
const std::string kLog = LAKEFLOW_BINARY_DIR "/hapi_server.log";
constexpr auto kStartPatience = std::chrono::minutes(6);
constexpr auto kStopPatience = std::chrono::seconds(20);

Error failure(std::string message) { return Error::source(std::move(message), "see " + kLog); }

void close_file(int& file) {
  if (file >= 0) {
    ::close(file);
    file = -1;
  }
}

}  // namespace

bool HapiServer::installed() { return std::filesystem::exists(kFolder + "/complete"); }

Result<std::unique_ptr<HapiServer>> HapiServer::start() {
  std::unique_ptr<HapiServer> server(new HapiServer);
  LAKEFLOW_TRY(server->launch());
  LAKEFLOW_TRY(server->await_port());
  return server;
}

Status HapiServer::launch() {
  int input[2];
  int output[2];
  if (::pipe2(input, O_CLOEXEC) != 0) {
    return std::unexpected(failure("no pipe could be made"));
  }
  input_ = input[1];
  if (::pipe2(output, O_CLOEXEC) != 0) {
    ::close(input[0]);
    return std::unexpected(failure("no pipe could be made"));
  }
  output_ = output[0];

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, kLog.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  // Made to start fast rather than to run fast.
  std::vector<std::string> words{"java",
                                 "-Xmx2g",
                                 "-XX:+UseSerialGC",
                                 "-XX:TieredStopAtLevel=1",
                                 "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                                 "-cp",
                                 kFolder + "/classes:" + kFolder + "/lib/*",
                                 "lakeflow.HapiTestServer"};
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const int refused = ::posix_spawnp(&process_, "java", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  if (refused != 0) {
    process_ = 0;
    return std::unexpected(failure("java can't be started"));
  }
  return {};
}

Status HapiServer::await_port() {
  const auto deadline = Clock::now() + kStartPatience;
  std::string said;
  while (Clock::now() < deadline) {
    pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 1000) <= 0) {
      continue;
    }
    char buffer[256];
    const ssize_t count = ::read(output_, buffer, sizeof buffer);
    if (count <= 0) {
      return std::unexpected(failure("HAPI FHIR ended while it started"));
    }
    said.append(buffer, static_cast<std::size_t>(count));
    constexpr std::string_view kListening = "listening ";
    const auto at = said.find(kListening);
    if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
      std::from_chars(said.data() + at + kListening.size(), said.data() + said.size(), port_);
      return {};
    }
  }
  return std::unexpected(failure("HAPI FHIR did not start in time"));
}

std::string HapiServer::base_url() const { return fmt::format("http://127.0.0.1:{}/fhir", port_); }

HapiServer::~HapiServer() {
  close_file(input_);
  close_file(output_);
  if (process_ == 0) {
    return;
  }
  for (const auto deadline = Clock::now() + kStopPatience; Clock::now() < deadline;) {
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace lakeflow
