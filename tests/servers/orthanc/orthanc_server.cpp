#include "tests/servers/orthanc/orthanc_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

const std::filesystem::path kFolder = LAKEFLOW_SOURCE_DIR "/.deps/servers/orthanc";
constexpr auto kStartPatience = std::chrono::minutes(2);
constexpr auto kStopPatience = std::chrono::seconds(60);

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

Json configuration(const OrthancServer::Settings& settings, int port, const std::filesystem::path& storage) {
  Json json = {{"Name", "lakeflow tests"},
               {"StorageDirectory", storage.string()},
               {"IndexDirectory", storage.string()},
               {"HttpPort", port},
               {"HttpBindAddresses", {"127.0.0.1"}},  // of versions that know it; the others refuse who is not of this machine
               {"RemoteAccessAllowed", false},
               {"DicomServerEnabled", false},
               {"AuthenticationEnabled", !settings.user.empty()},
               {"DefaultEncoding", settings.encoding},
               {"OverwriteInstances", true},
               {"StableAge", 1},
               {"HttpThreadsCount", 8},
               {"Plugins", {"/usr/share/orthanc/plugins/libOrthancDicomWeb.so"}},
               {"DicomWeb", {{"Enable", true}, {"Root", "/dicom-web/"}}}};
  if (!settings.user.empty()) {
    json["RegisteredUsers"] = {{settings.user, settings.password}};
  }
  if (settings.most_found > 0) {
    json["LimitFindResults"] = settings.most_found;
    json["LimitFindInstances"] = settings.most_found;
  }
  return json;
}

httplib::Client client_of(int port, const OrthancServer::Settings& settings) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(std::chrono::seconds(120));
  if (!settings.user.empty()) {
    client.set_basic_auth(settings.user, settings.password);
  }
  return client;
}

Json json_of(const httplib::Result& result) { return result && result->status / 100 == 2 ? Json::parse(result->body, nullptr, false) : Json(); }

}  // namespace

bool OrthancServer::installed() { return std::filesystem::exists(kFolder / "complete") && std::filesystem::exists("/usr/sbin/Orthanc"); }

std::string OrthancServer::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

Result<std::unique_ptr<OrthancServer>> OrthancServer::start(const Settings& settings) {
  std::unique_ptr<OrthancServer> server(new OrthancServer);
  server->settings_ = settings;
  std::string folder = (std::filesystem::temp_directory_path() / "lakeflow_orthanc_XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return std::unexpected(Error::source("no temporary folder could be made"));
  }
  server->folder_ = folder;
  server->port_ = settings.port != 0 ? settings.port : free_port();
  const std::filesystem::path storage = settings.stored_in.empty() ? server->folder_ / "storage" : settings.stored_in;
  const std::string file = (server->folder_ / "orthanc.json").string();
  std::ofstream(file) << configuration(settings, server->port_, storage).dump(2);

  const std::string log = fmt::format("{}/orthanc_{}.log", LAKEFLOW_BINARY_DIR, server->port_);
  std::vector<std::string> words{"/usr/sbin/Orthanc", file};
  std::vector<char*> arguments{words[0].data(), words[1].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int refused = ::posix_spawn(&server->process_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    server->process_ = 0;
    return std::unexpected(Error::source("Orthanc can't be started"));
  }
  for (const auto deadline = Clock::now() + kStartPatience; Clock::now() < deadline;) {
    if (!server->get("/system").is_null()) {
      return server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return std::unexpected(Error::source("Orthanc did not answer in time", "see " + log));
}

void OrthancServer::stop() {
  if (process_ == 0) {
    return;
  }
  ::kill(process_, SIGTERM);
  for (const auto deadline = Clock::now() + kStopPatience; Clock::now() < deadline;) {
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = 0;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

OrthancServer::~OrthancServer() {
  stop();
  std::error_code ignored;
  if (!folder_.empty()) {
    std::filesystem::remove_all(folder_, ignored);
  }
}

Json OrthancServer::get(const std::string& path) const { return json_of(client_of(port_, settings_).Get(path)); }

Json OrthancServer::post(const std::string& path, const std::string& body) const {
  return json_of(client_of(port_, settings_).Post(path, body, "application/json"));
}

bool OrthancServer::remove(const std::string& path) const {
  const httplib::Result result = client_of(port_, settings_).Delete(path);
  return result && result->status == 200;
}

std::string OrthancServer::upload(const std::filesystem::path& file) const {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const Json answer = json_of(client_of(port_, settings_).Post("/instances", bytes, "application/dicom"));
  return answer.is_object() ? answer.value("ID", "") : std::string();
}

Result<std::vector<std::filesystem::path>> dicom_files(int patients, int studies, int series, int instances) {
  const std::string numbers = fmt::format("{}_{}_{}_{}", patients, studies, series, instances);
  const std::filesystem::path folder = std::filesystem::path(LAKEFLOW_BINARY_DIR) / "dicom_files" / numbers;
  if (!std::filesystem::exists(folder / "complete")) {
    const std::string command =
        fmt::format("'{}' '{}' '{}' --patients {} --studies {} --series {} --instances {}", (kFolder / "venv/bin/python").string(),
                    LAKEFLOW_SOURCE_DIR "/tests/servers/orthanc/dicom_files.py", folder.string(), patients, studies, series, instances);
    if (std::system(command.c_str()) != 0) {
      return std::unexpected(Error::source("the DICOM files could not be made"));
    }
    std::ofstream(folder / "complete") << "";
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".dcm") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace lakeflow
