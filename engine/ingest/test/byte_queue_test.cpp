#include "engine/ingest/byte_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

TEST(ByteQueue, GivesItemsInTheOrderOfTheirTicketsWhoeverPushesThem) {
  constexpr std::uint64_t kItems = 2000;
  ByteQueue<std::uint64_t> in(100);
  ByteQueue<std::uint64_t> out(100);
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (auto popped = in.pop()) {
        out.push(popped->ticket, popped->item * 10, popped->item % 7);
      }
    });
  }
  const std::jthread producer([&] {
    for (std::uint64_t i = 0; i < kItems; ++i) {
      in.push(i, i, i % 5);
    }
  });
  for (std::uint64_t i = 0; i < kItems; ++i) {
    const auto popped = out.pop();
    ASSERT_TRUE(popped.has_value());
    EXPECT_EQ(popped->ticket, i);
    EXPECT_EQ(popped->item, i * 10);
  }
  in.cancel();
  out.cancel();
}

TEST(ByteQueue, WaitsForRoomAndLetsWhatIsTooLargeInAlone) {
  ByteQueue<int> queue(10);
  std::atomic<int> pushed = 0;
  const std::jthread producer([&] {
    for (const std::size_t bytes : {6U, 4U, 1U, 50U}) {
      const auto ticket = static_cast<std::uint64_t>(pushed.load());
      queue.push(ticket, pushed, bytes);
      ++pushed;
    }
  });
  const auto settles_at = [&](int expected) {
    for (int i = 0; i < 500 && pushed != expected; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(20ms);
    return pushed == expected;
  };
  EXPECT_TRUE(settles_at(2)) << "6 and 4 fill it";
  EXPECT_EQ(queue.pop()->item, 0);
  EXPECT_TRUE(settles_at(3)) << "1 has room, 50 has none";
  EXPECT_EQ(queue.pop()->item, 1);
  EXPECT_TRUE(settles_at(3)) << "50 waits until nothing else is there";
  EXPECT_EQ(queue.pop()->item, 2);
  EXPECT_TRUE(settles_at(4));
  EXPECT_EQ(queue.pop()->item, 3);
}

TEST(ByteQueue, ThatIsCancelledFreesWhoeverWaits) {
  ByteQueue<std::string> full(1);
  ByteQueue<std::string> empty(1);
  EXPECT_TRUE(full.push(0, "a", 1));
  std::atomic<bool> refused = false;
  std::atomic<bool> nothing = false;
  {
    const std::jthread pushes([&] { refused = !full.push(1, "b", 1); });
    const std::jthread pops([&] { nothing = !empty.pop().has_value(); });
    std::this_thread::sleep_for(20ms);
    full.cancel();
    empty.cancel();
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(nothing);
  EXPECT_FALSE(full.pop().has_value()) << "what waited is let go";
}

TEST(ByteQueue, LooksForSoLongAtMost) {
  ByteQueue<int> queue(1);
  EXPECT_FALSE(queue.pop_for(5ms).has_value());
  queue.push(0, 7, 1);
  EXPECT_EQ(queue.pop_for(5ms)->item, 7);
}

}  // namespace
}  // namespace lakeflow
