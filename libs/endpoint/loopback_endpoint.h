#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// Answers GET requests of this machine alone, over HTTP/1.1: for metrics and health, which tools on the same machine ask for. Each
// request is a connection of its own, one at a time. Pages are made when they are asked for, on a thread of the endpoint.
class LoopbackEndpoint {
 public:
  struct Page {
    int status = 200;
    std::string content_type;
    std::string body;
  };
  using Pages = std::map<std::string, std::function<Page()>>;  // by path: "/metrics"

  // The address is "127.0.0.1:9464", "[::1]:9464" or "localhost:9464"; port 0 is any that is free. User errors: no such address, one that
  // other machines could reach, a port that is taken.
  static Result<std::unique_ptr<LoopbackEndpoint>> start(std::string_view address, Pages pages);
  ~LoopbackEndpoint();  // takes less than a second
  LoopbackEndpoint(const LoopbackEndpoint&) = delete;
  LoopbackEndpoint& operator=(const LoopbackEndpoint&) = delete;

  // "http://127.0.0.1:9464"
  const std::string& url() const;

 private:
  class Implementation;
  explicit LoopbackEndpoint(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lakeflow
