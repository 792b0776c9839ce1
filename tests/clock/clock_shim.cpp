// A library to be preloaded (LD_PRELOAD): the process's wall clock is off by the seconds that stand, as text, at the beginning of the file that
// LAKEFLOW_CLOCK_OFF_BY names; they may change while it runs. Clocks that nobody can set (steady ones) stay as they are.

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace {

long seconds_off() {
  static const char* const name = ::getenv("LAKEFLOW_CLOCK_OFF_BY");
  if (name == nullptr) return 0;
  const int file = ::open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 16> text{};
  const ssize_t length = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  return length <= 0 ? 0 : std::strtol(text.data(), nullptr, 10);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) __THROW {
  const long failed = ::syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += seconds_off();
  return static_cast<int>(failed);
}

int gettimeofday(timeval* now, void*) __THROW {
  timespec precise{};
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  *now = {.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) __THROW {
  timespec precise{};
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  if (out != nullptr) *out = precise.tv_sec;
  return precise.tv_sec;
}

}  // extern "C"
