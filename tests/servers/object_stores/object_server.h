#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace lakeflow {

// A real server of objects on a free port of loopback, holding them in memory, ended with this object: moto (the protocol of S3; asks for no key) or
// azurite (Azure Blob Storage; checks the key). tools/setup-servers installs both.
class ObjectServer {
 public:
  enum class Kind { kMoto, kAzurite };

  static bool installed();
  static Result<std::unique_ptr<ObjectServer>> start(Kind kind);
  ~ObjectServer();
  ObjectServer(const ObjectServer&) = delete;
  ObjectServer& operator=(const ObjectServer&) = delete;

  std::string url() const;
  int port() const { return port_; }

 private:
  ObjectServer() = default;
  pid_t process_ = 0;
  int port_ = 0;
};

}  // namespace lakeflow
