#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace lakeflow {

// A queue between two stages, bounded by the bytes of what waits in it, so that memory stays flat however far a stage
// could run ahead. Items leave in the order of their tickets (0, 1, 2 …, each pushed once): several threads may take items
// from one queue, work on them side by side and push the results into the next one, and the order stands. Thread-safe.
template <typename Item>
class ByteQueue {
 public:
  struct Popped {
    std::uint64_t ticket = 0;
    Item item;
  };

  explicit ByteQueue(std::size_t limit_bytes) : limit_(limit_bytes) {}

  // Waits until it is the ticket's turn and there is room; what is greater than the limit goes in alone. False: cancelled.
  bool push(std::uint64_t ticket, Item item, std::size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_ || (ticket == next_ticket_ && (waiting_.empty() || used_ + bytes <= limit_)); });
    if (cancelled_) {
      return false;
    }
    waiting_.push_back({{ticket, std::move(item)}, bytes});
    used_ += bytes;
    ++next_ticket_;
    changed_.notify_all();
    return true;
  }

  // Waits for an item; nothing once cancelled.
  std::optional<Popped> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_ || !waiting_.empty(); });
    return take();
  }

  // The same, for so long at most.
  std::optional<Popped> pop_for(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return cancelled_ || !waiting_.empty(); });
    return take();
  }

  // Ends all waiting for good and lets go of what waits in the queue.
  void cancel() {
    std::deque<Entry> dropped;
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      dropped.swap(waiting_);
      used_ = 0;
    }
    changed_.notify_all();
  }

 private:
  struct Entry {
    Popped popped;
    std::size_t bytes = 0;
  };

  std::optional<Popped> take() {
    if (cancelled_ || waiting_.empty()) {
      return std::nullopt;
    }
    std::optional<Popped> popped(std::move(waiting_.front().popped));
    used_ -= waiting_.front().bytes;
    waiting_.pop_front();
    changed_.notify_all();
    return popped;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> waiting_;
  const std::size_t limit_;
  std::size_t used_ = 0;
  std::uint64_t next_ticket_ = 0;
  bool cancelled_ = false;
};

}  // namespace lakeflow
