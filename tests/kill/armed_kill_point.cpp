// The kill_point() of the subject: notes every passing in the shared page, and at the one that was ordered kills the process, as
// the kernel would for want of memory: no destructor runs, nothing is flushed.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "base/kill_point.h"
#include "tests/kill/kill_order.h"
#include "tests/kill/kill_page.h"

namespace lakeflow {
namespace {

struct Armed {
  std::optional<test::KillOrder> order = test::KillOrder::from_environment();
  std::unique_ptr<test::KillPage> page = order ? std::make_unique<test::KillPage>(order->page) : nullptr;
  std::atomic<std::uint64_t> passings = 0;
};

void die() { ::kill(::getpid(), SIGKILL); }

}  // namespace

void kill_point(const char* name) {
  static Armed armed;
  if (armed.page == nullptr) {
    return;
  }
  armed.page->pass(name);
  if (armed.order->point != name || ++armed.passings != armed.order->passing) {
    return;
  }
  if (armed.order->microseconds == 0) {
    die();
  }
  std::thread([wait = std::chrono::microseconds(armed.order->microseconds)] {
    std::this_thread::sleep_for(wait);
    die();
  }).detach();
}

}  // namespace lakeflow
