#include "common/base/queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/thread.h"

namespace fovea {
namespace {

TEST(BoundedQueue, FirstInFirstOut) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.TryPush(int{i}));
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.capacity(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.Pop(), i);
  EXPECT_EQ(queue.PopWithin(absl::ZeroDuration()), std::nullopt);
}

TEST(BoundedQueue, FullLeavesTheItemAlone) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.TryPush(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.TryPush(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(BoundedQueue, ClosedGivesWhatIsLeftThenNothing) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.Push(1));
  queue.Close();
  queue.Close();
  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_FALSE(queue.Push(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_EQ(queue.PopWithin(absl::Hours(1)), std::nullopt);
}

TEST(BoundedQueue, CloseWakesThoseWhoWait) {
  BoundedQueue<int> empty(1);
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.TryPush(0));
  absl::Notification popping;
  absl::Notification pushing;
  Thread popper("popper", [&] {
    popping.Notify();
    EXPECT_EQ(empty.Pop(), std::nullopt);
  });
  Thread pusher("pusher", [&] {
    pushing.Notify();
    EXPECT_FALSE(full.Push(1));
  });
  popping.WaitForNotification();
  pushing.WaitForNotification();
  empty.Close();
  full.Close();
}

TEST(BoundedQueue, PushWaitsForRoom) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.Push(1));
  Thread pusher("pusher", [&] { EXPECT_TRUE(queue.Push(2)); });
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
}

TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  constexpr int kEach = 2000;
  BoundedQueue<int> queue(7);
  std::vector<int64_t> sums(3, 0);
  {
    std::vector<Thread> consumers;
    for (int64_t& sum : sums) {
      consumers.emplace_back("consumer", [&queue, &sum] {
        while (const std::optional<int> item = queue.Pop()) sum += *item;
      });
    }
    {
      std::vector<Thread> producers;
      for (int p = 0; p < 4; ++p) {
        producers.emplace_back("producer", [&queue] {
          for (int i = 1; i <= kEach; ++i) EXPECT_TRUE(queue.Push(int{i}));
        });
      }
    }
    queue.Close();
  }
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), int64_t{0}),
            int64_t{4} * kEach * (kEach + 1) / 2);
}

}  // namespace
}  // namespace fovea
