#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "simulator/http/http_server.h"
#include "simulator/recording/recorded_exchange.h"
#include "simulator/recording/secret_values.h"

namespace lakeflow {

struct ReplayOptions {
  std::filesystem::path folder;  // that a Recorder wrote
  int port = 0;                  // on 127.0.0.1; 0: a free one
  // Outlives the server. A warning for each request that was not recorded, once, with the names of its parameters and not their values.
  Logger* log = &silent_logger();
};

// Answers on loopback what was recorded. A request is known again by its method, path, parameters in any order and body, secrets aside. What was
// answered in several ways is answered in the order of the recording, and the last one again and again. What was not recorded is answered 501,
// which says so, and counted. Thread-safe.
class ReplayServer {
  struct Started {};  // only start() has one

 public:
  // A user error where the folder holds no recordings or one that can't be read, or the port is taken.
  static Result<std::unique_ptr<ReplayServer>> start(ReplayOptions options);
  ReplayServer(Started, Logger* log) : log_(log) {}

  std::string origin() const { return server_->origin(); }
  std::size_t exchange_count() const { return exchanges_; }
  // What was asked for and was not recorded, without secrets: "GET /api/orders?page=9".
  std::vector<std::string> unknown() const;
  void stop() { server_->stop(); }

 private:
  struct Answers {
    std::vector<HttpAnswer> in_order;
    std::size_t given = 0;
  };
  HttpAnswer answer(const ReceivedRequest& request);

  Logger* const log_;
  std::size_t exchanges_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Answers> answers_;  // by the identity of their request
  std::vector<std::string> unknown_;
  SecretValues secrets_;  // of the clients that ask
  std::unique_ptr<HttpServer> server_;
};

}  // namespace lakeflow
