#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace lakeflow {

// A real HAPI FHIR JPA server (tests/servers/hapi) as a child process, on loopback, with an empty database in memory. It ends
// with this object and, as its standard input ends then, with this process, however that comes about. Takes over a gigabyte of
// memory and up to minutes to start: one at a time.
class HapiServer {
 public:
  // Whether tools/setup-servers was run.
  static bool installed();
  static Result<std::unique_ptr<HapiServer>> start();
  ~HapiServer();
  HapiServer(const HapiServer&) = delete;
  HapiServer& operator=(const HapiServer&) = delete;

  std::string base_url() const;

 private:
  HapiServer() = default;
  Status launch();
  Status await_port();

  pid_t process_ = 0;
  int input_ = -1;   // kept open while the server is to live
  int output_ = -1;  // what it prints
  int port_ = 0;
};

}  // namespace lakeflow
