#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "tests/servers/process/server_process.h"

namespace lakeflow {

// A real server of objects on a free port of loopback, holding them in memory, ended with this object: moto (the protocol of S3; asks for no key),
// azurite (Azure Blob Storage; checks the key) or gcp-storage-emulator (Google Cloud Storage; asks for no key). tools/setup-servers installs both.
class ObjectServer {
 public:
  enum class Kind { kMoto, kAzurite, kGcs };

  static std::string_view name_of(Kind kind);  // "moto", "azurite", "gcs"
  static bool installed();
  static Result<std::unique_ptr<ObjectServer>> start(Kind kind);

  std::string url() const;
  int port() const { return process_->port(); }

 private:
  explicit ObjectServer(std::unique_ptr<ServerProcess> process) : process_(std::move(process)) {}
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace lakeflow
