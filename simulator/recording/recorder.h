#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "simulator/relay/http_relay.h"

namespace lakeflow {

struct RecorderOptions {
  HttpRelayOptions relay;  // on_exchange is the recorder's own
  std::filesystem::path into;
};

// A relay that writes each exchange with the real source into a folder, a file each ("0001_GET_api_orders.json"), before it answers. What bears
// secrets by its name (headers, parameters, members of JSON) is taken away before anything is written; the files are the user's alone (0600).
// What a fault answers is not recorded. Thread-safe.
class Recorder {
  struct Started {};  // only start() has one

 public:
  // A user error where the relay can't be started, or the folder can't be made or holds recordings already.
  static Result<std::unique_ptr<Recorder>> start(RecorderOptions options);
  Recorder(Started, std::filesystem::path into) : into_(std::move(into)) {}

  HttpRelay& relay() { return *relay_; }
  std::uint64_t recorded() const { return recorded_; }
  // The first file that could not be written, and why.
  Status stop();

 private:
  void record(const RelayedExchange& exchange);

  const std::filesystem::path into_;
  std::atomic<std::uint64_t> numbers_ = 0;
  std::atomic<std::uint64_t> recorded_ = 0;
  std::mutex mutex_;
  Status trouble_;
  std::unique_ptr<HttpRelay> relay_;
};

}  // namespace lakeflow
