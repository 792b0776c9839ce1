#include "tests/servers/orthanc/orthanc_server.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <httplib.h>

namespace lakeflow {
namespace {

using Json = nlohmann::json;

const std::filesystem::path kFolder = LAKEFLOW_SOURCE_DIR "/.deps/servers/orthanc";
constexpr auto kStartPatience = std::chrono::minutes(2);
constexpr auto kStopPatience = std::chrono::seconds(60);

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

std::string OrthancServer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

Result<std::unique_ptr<OrthancServer>> OrthancServer::start(const Settings& settings) {
  std::unique_ptr<OrthancServer> server(new OrthancServer);
  server->settings_ = settings;
  std::string folder = (std::filesystem::temp_directory_path() / "lakeflow_orthanc_XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return std::unexpected(Error::source("no temporary folder could be made"));
  }
  server->folder_ = folder;
  const std::filesystem::path storage = settings.stored_in.empty() ? server->folder_ / "storage" : settings.stored_in;
  const auto command = [&](int port) {
    const std::string file = (server->folder_ / "orthanc.json").string();
    std::ofstream(file) << configuration(settings, port, storage).dump(2);
    return std::vector<std::string>{"/usr/sbin/Orthanc", file};
  };
  const auto answers = [&](int port) { return !json_of(client_of(port, settings).Get("/system")).is_null(); };
  LAKEFLOW_ASSIGN(server->process_, ServerProcess::start({.name = "orthanc",
                                                          .command = command,
                                                          .answers = answers,
                                                          .port = settings.port,
                                                          .start_patience = kStartPatience,
                                                          .stop_patience = kStopPatience}));
  return server;
}

void OrthancServer::stop() {
  if (process_ != nullptr) {
    process_->stop();
  }
}

OrthancServer::~OrthancServer() {
  stop();
  std::error_code ignored;
  if (!folder_.empty()) {
    std::filesystem::remove_all(folder_, ignored);
  }
}

Json OrthancServer::get(const std::string& path) const { return json_of(client_of(port(), settings_).Get(path)); }

Json OrthancServer::post(const std::string& path, const std::string& body) const {
  return json_of(client_of(port(), settings_).Post(path, body, "application/json"));
}

bool OrthancServer::remove(const std::string& path) const {
  const httplib::Result result = client_of(port(), settings_).Delete(path);
  return result && result->status == 200;
}

std::string OrthancServer::upload(const std::filesystem::path& file) const {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const Json answer = json_of(client_of(port(), settings_).Post("/instances", bytes, "application/dicom"));
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
