#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lakeflow {

// One request that was answered, for tests that count or look.
struct AnsweredRequest {
  std::string method;
  std::string host;   // as the client knows the server: "127.0.0.1:41234"
  std::string path;   // decoded: "/fhir/Patient"
  std::string query;  // decoded, "name=value&…"
  bool had_authorization = false;
  int status = 0;
  std::string reason = {};  // why it was refused: "unknown parameter sine: did you mean since?"; no value
};

// The last 10,000 requests that were answered. Thread-safe.
class RequestLog {
 public:
  void add(AnsweredRequest request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(std::move(request));
    if (requests_.size() > kMost) {
      requests_.pop_front();
    }
  }

  std::vector<AnsweredRequest> all() const {
    const std::scoped_lock lock(mutex_);
    return {requests_.begin(), requests_.end()};
  }

  void clear() {
    const std::scoped_lock lock(mutex_);
    requests_.clear();
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  mutable std::mutex mutex_;
  std::deque<AnsweredRequest> requests_;
};

}  // namespace lakeflow
