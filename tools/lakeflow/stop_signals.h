#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace lakeflow {

// SIGINT and SIGTERM, from construction to destruction: the first asks for a clean stop, by the token; a second ends the
// process at once with exit code 130 (nothing that was committed is lost: a transaction that was open never happened).
// One that comes within a fifth of a second of the first is its echo: timeout(1) and some shells signal a process and then
// its whole group.
//
// Made by the main thread before any other thread: both signals are blocked there, threads inherit that, and one thread of
// its own waits for them. So there is no handler, and nothing that only handlers may do.
class StopSignals {
 public:
  // `on_first` is called on that thread, once. With `on_hangup` SIGHUP is taken over too, and calls it each time: tools that rotate logs
  // send it. Without, SIGHUP ends the process, as it does when its terminal closes. With `longest_end` the process is ended as by a second
  // signal if this object still lives so long after the first.
  explicit StopSignals(std::function<void()> on_first, std::function<void()> on_hangup = {},
                       std::optional<std::chrono::milliseconds> longest_end = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  bool stop_requested() const { return source_.stop_requested(); }

 private:
  sigset_t signal_set() const;
  void watch();

  std::function<void()> on_first_;
  std::function<void()> on_hangup_;
  std::optional<std::chrono::milliseconds> longest_end_;
  std::stop_source source_;
  int signals_ = -1;  // signalfd
  int ending_ = -1;   // eventfd: the destructor's word to the thread
  std::thread thread_;
};

}  // namespace lakeflow
