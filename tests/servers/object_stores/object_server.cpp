#include "tests/servers/object_stores/object_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <httplib.h>

namespace lakeflow {
namespace {

const std::string kFolder = LAKEFLOW_SOURCE_DIR "/.deps/servers/object_stores";

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

// By itself the emulator serves one connection at a time, and a client that reads a large object needs several.
constexpr const char* kGcsEmulator =
    "import http.server; http.server.HTTPServer = http.server.ThreadingHTTPServer; "
    "from gcp_storage_emulator.__main__ import main; import sys; sys.exit(main())";

std::vector<std::string> command_of(ObjectServer::Kind kind, const std::string& port) {
  switch (kind) {
    case ObjectServer::Kind::kMoto: return {kFolder + "/moto/bin/moto_server", "-H", "127.0.0.1", "-p", port};
    case ObjectServer::Kind::kGcs:
      return {kFolder + "/gcs/bin/python", "-c", kGcsEmulator, "start", "--host", "127.0.0.1", "--port", port, "--in-memory"};
    case ObjectServer::Kind::kAzurite: break;
  }
  return {"node",
          kFolder + "/azurite/node_modules/.bin/azurite-blob",
          "--silent",
          "--inMemoryPersistence",
          "--blobHost",
          "127.0.0.1",
          "--blobPort",
          port,
          "--skipApiVersionCheck"};
}

}  // namespace

std::string_view ObjectServer::name_of(Kind kind) { return kind == Kind::kMoto ? "moto" : kind == Kind::kAzurite ? "azurite" : "gcs"; }

bool ObjectServer::installed() { return std::filesystem::exists(kFolder + "/complete"); }

std::string ObjectServer::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

Result<std::unique_ptr<ObjectServer>> ObjectServer::start(Kind kind) {
  std::unique_ptr<ObjectServer> server(new ObjectServer);
  server->port_ = free_port();
  const std::string port = std::to_string(server->port_);
  const std::string log = fmt::format("{}/{}_{}.log", LAKEFLOW_BINARY_DIR, name_of(kind), port);
  std::vector<std::string> words = command_of(kind, port);
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int refused = ::posix_spawnp(&server->process_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    server->process_ = 0;
    return std::unexpected(Error::source(words[0] + " can't be started"));
  }
  for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3); std::chrono::steady_clock::now() < deadline;) {
    httplib::Client client("127.0.0.1", server->port_);
    if (client.Get("/")) {
      return server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return std::unexpected(Error::source(words[0] + " did not answer in time", "see " + log));
}

ObjectServer::~ObjectServer() {
  if (process_ != 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
}

}  // namespace lakeflow
