#include "tools/lakeflow/stop_signals.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"

namespace lakeflow {
namespace {

constexpr std::chrono::milliseconds kEcho{200};

}  // namespace

sigset_t StopSignals::signal_set() const {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (on_hangup_) {
    sigaddset(&set, SIGHUP);
  }
  return set;
}

StopSignals::StopSignals(std::function<void()> on_first, std::function<void()> on_hangup, std::optional<std::chrono::milliseconds> longest_end)
    : on_first_(std::move(on_first)), on_hangup_(std::move(on_hangup)), longest_end_(longest_end) {
  const sigset_t set = signal_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  ending_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { watch(); });
}

StopSignals::~StopSignals() {
  eventfd_write(ending_, 1);
  thread_.join();
  ::close(signals_);
  ::close(ending_);
  const sigset_t set = signal_set();
  const timespec at_once{};
  while (sigtimedwait(&set, nullptr, &at_once) > 0) {  // ends when none is pending: an echo must not end the process now
  }
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::watch() {
  std::optional<std::chrono::steady_clock::time_point> first_at;
  while (true) {
    std::array<pollfd, 2> files = {pollfd{.fd = signals_, .events = POLLIN, .revents = 0}, pollfd{.fd = ending_, .events = POLLIN, .revents = 0}};
    int patience = -1;
    if (first_at && longest_end_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first_at + *longest_end_ - std::chrono::steady_clock::now());
      patience = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    const int ready = ::poll(files.data(), files.size(), patience);
    if (ready < 0 && errno != EINTR) {
      return;
    }
    if (ready == 0) {
      ::_exit(exit_code(ErrorKind::kInterrupted));
    }
    if (ready < 0) {
      continue;
    }
    if (files[1].revents != 0) {
      return;
    }
    signalfd_siginfo info{};
    if (files[0].revents == 0 || ::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
      continue;
    }
    if (info.ssi_signo == SIGHUP) {
      on_hangup_();
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!first_at) {
      first_at = now;
      source_.request_stop();
      on_first_();
    } else if (now - *first_at > kEcho) {
      ::_exit(exit_code(ErrorKind::kInterrupted));
    }
  }
}

}  // namespace lakeflow
