#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace lakeflow {

struct ServerLaunch {
  std::string name;  // of its log, NAME_PORT.log in the build's folder
  // The words that start it on this port, the first one a program's path or its name in PATH.
  std::function<std::vector<std::string>(int port)> command;
  std::function<bool(int port)> answers;  // asked until it does
  int port = 0;                           // 0: a free one
  std::chrono::seconds start_patience{180};
  std::chrono::seconds stop_patience{0};  // how long it may take to end by itself; 0: it is killed
};

// A real server that has to be told its port, as a process of its own, which ends with this object. Where a free port was taken before the server
// had it, so that the server ended, another one is tried.
class ServerProcess {
 public:
  // A source error, which names the log, where it does not answer in time.
  static Result<std::unique_ptr<ServerProcess>> start(ServerLaunch launch);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  void stop();

 private:
  explicit ServerProcess(ServerLaunch launch) : launch_(std::move(launch)) {}
  Status launch();
  bool has_ended();

  ServerLaunch launch_;
  int port_ = 0;
  pid_t process_ = 0;
};

}  // namespace lakeflow
