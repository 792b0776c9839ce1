#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tests/servers/process/server_process.h"

namespace lakeflow {

// A real Orthanc with its DICOMweb plugin (apt) on a free port, with a folder of its own, ended with this object. It answers this machine alone.
class OrthancServer {
 public:
  struct Settings {
    std::string encoding = "Utf8";  // of its answers: Orthanc's own default is Latin1
    std::string user = {};          // empty: it asks for none
    std::string password = {};
    std::uint64_t most_found = 0;          // not 0: a search gives no more than so many
    std::filesystem::path stored_in = {};  // empty: an empty one that is removed with this object
    int port = 0;                          // 0: a free one
  };

  // Whether tools/setup-servers was run.
  static bool installed();
  static Result<std::unique_ptr<OrthancServer>> start(const Settings& settings);
  ~OrthancServer();
  OrthancServer(const OrthancServer&) = delete;
  OrthancServer& operator=(const OrthancServer&) = delete;

  int port() const { return process_->port(); }
  std::string url() const;  // of its REST API
  std::string dicomweb_url() const { return url() + "/dicom-web"; }

  // Ends it, as a shutdown does; what it stored stays.
  void stop();

  // The answers; null where it is no success.
  nlohmann::json get(const std::string& path) const;
  nlohmann::json post(const std::string& path, const std::string& body) const;
  bool remove(const std::string& path) const;
  // Stores a file; its id in Orthanc.
  std::string upload(const std::filesystem::path& file) const;

 private:
  OrthancServer() = default;
  Settings settings_;
  std::filesystem::path folder_;
  std::unique_ptr<ServerProcess> process_;
};

// Files of dicom_files.py, by name. Made once for each set of numbers and kept in the build's folder.
Result<std::vector<std::filesystem::path>> dicom_files(int patients, int studies, int series, int instances);

}  // namespace lakeflow
