#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "simulator/recording/recorded_exchange.h"
#include "simulator/recording/secret_values.h"
#include "simulator/relay/http_relay.h"

namespace lakeflow {

struct RecorderOptions {
  HttpRelayOptions relay;  // on_exchange is the recorder's own
  std::filesystem::path into;
};

// A relay that writes each exchange with the real source into a folder, a file each ("0001_GET_api_orders.json"), before it answers. What bears
// secrets by its name (headers, parameters, members of JSON) is taken away before anything is written, and so are its values wherever else they
// stand; where they became known only later, at the end, so a recorder that is killed may leave them. The files are the user's alone (0600). What a
// fault answers is not recorded. Thread-safe.
class Recorder {
  struct Started {};  // only start() has one

 public:
  // A user error where the relay can't be started, or the folder can't be made or holds recordings already.
  static Result<std::unique_ptr<Recorder>> start(RecorderOptions options);
  Recorder(Started, std::filesystem::path into) : into_(std::move(into)) {}

  HttpRelay& relay() { return *relay_; }
  std::uint64_t recorded() const { return recorded_; }
  // What was taken away so far.
  const SecretValues& secrets() const { return secrets_; }
  // The first file that could not be written, and why.
  Status stop();

 private:
  struct Written {
    std::filesystem::path file;
    std::uint64_t number = 0;
    std::size_t known_secrets = 0;  // that it was searched for
  };
  void record(const RelayedExchange& exchange);
  Status write(const RecordedExchange& exchange, std::uint64_t number, std::size_t known_secrets);
  Status search_again(const Written& written);

  const std::filesystem::path into_;
  std::atomic<std::uint64_t> numbers_ = 0;
  std::atomic<std::uint64_t> recorded_ = 0;
  SecretValues secrets_;
  std::mutex mutex_;
  std::vector<Written> written_;
  Status trouble_;
  std::unique_ptr<HttpRelay> relay_;
};

}  // namespace lakeflow
