#include "tests/servers/process/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPortsTried = 3;

int free_port() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool is_bound = ::bind(file, generic, size) == 0 && ::getsockname(file, generic, &size) == 0;
  ::close(file);
  return is_bound ? ntohs(address.sin_port) : 0;
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(ServerLaunch launch) {
  std::unique_ptr<ServerProcess> server(new ServerProcess(std::move(launch)));
  const ServerLaunch& asked = server->launch_;
  const int ports = asked.port != 0 ? 1 : kPortsTried;
  const auto deadline = Clock::now() + asked.start_patience;
  for (int i = 0; i < ports; ++i) {
    LAKEFLOW_TRY(server->launch());
    while (Clock::now() < deadline && !server->has_ended()) {
      if (asked.answers(server->port_)) {
        return server;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  return std::unexpected(
      Error::source(fmt::format("{} did not answer", asked.name), fmt::format("see {}/{}_{}.log", LAKEFLOW_BINARY_DIR, asked.name, server->port_)));
}

Status ServerProcess::launch() {
  port_ = launch_.port != 0 ? launch_.port : free_port();
  std::vector<std::string> words = launch_.command(port_);
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const std::string log = fmt::format("{}/{}_{}.log", LAKEFLOW_BINARY_DIR, launch_.name, port_);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int refused = ::posix_spawnp(&process_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    process_ = 0;
    return std::unexpected(Error::source(words[0] + " can't be started"));
  }
  return {};
}

bool ServerProcess::has_ended() {
  if (process_ != 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) {
    process_ = 0;
  }
  return process_ == 0;
}

void ServerProcess::stop() {
  if (has_ended()) {
    return;
  }
  if (launch_.stop_patience.count() > 0) {
    ::kill(process_, SIGTERM);
  }
  for (const auto deadline = Clock::now() + launch_.stop_patience; Clock::now() < deadline;) {
    if (has_ended()) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

ServerProcess::~ServerProcess() { stop(); }

}  // namespace lakeflow
