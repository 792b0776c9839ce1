#include "engine/ingest/apply_interrupter.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace lakeflow {
namespace {

// A call that begins just after one interrupt is met by the next.
constexpr std::chrono::milliseconds kAgain{10};

}  // namespace

ApplyInterrupter::ApplyInterrupter(Destination& destination, std::stop_token stop, std::chrono::milliseconds patience)
    : thread_([&destination, stop = std::move(stop), patience](const std::stop_token& ended) {
        std::mutex mutex;
        std::condition_variable_any changed;
        const std::stop_callback wake(stop, [&] {
          const std::lock_guard held(mutex);
          changed.notify_all();
        });
        std::unique_lock lock(mutex);
        if (!changed.wait(lock, ended, [&] { return stop.stop_requested(); })) return;
        changed.wait_for(lock, ended, patience, [] { return false; });
        while (!ended.stop_requested()) {
          destination.interrupt();
          changed.wait_for(lock, ended, kAgain, [] { return false; });
        }
      }) {}

}  // namespace lakeflow
