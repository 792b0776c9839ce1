#include "tools/lakeflow/stop_signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"

namespace lakeflow {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_first) : on_first_(std::move(on_first)) {
  const sigset_t set = stop_signals();
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
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::watch() {
  while (true) {
    std::array<pollfd, 2> files = {pollfd{.fd = signals_, .events = POLLIN, .revents = 0}, pollfd{.fd = ending_, .events = POLLIN, .revents = 0}};
    if (::poll(files.data(), files.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if (files[1].revents != 0) {
      return;
    }
    signalfd_siginfo info{};
    if (files[0].revents == 0 || ::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
      continue;
    }
    if (source_.stop_requested()) {
      ::_exit(exit_code(ErrorKind::kInterrupted));
    }
    source_.request_stop();
    on_first_();
  }
}

}  // namespace lakeflow
