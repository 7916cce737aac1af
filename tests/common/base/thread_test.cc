#include "common/base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <vector>

namespace fovea {
namespace {

TEST(Thread, JoinsWhenDestroyed) {
  std::atomic<bool> done = false;
  { const Thread thread("work", [&] { done = true; }); }
  EXPECT_TRUE(done);
}

TEST(Thread, HasItsName) {
  std::string name(16, '\0');
  {
    const Thread thread("a-name-that-is-too-long",
                        [&] { pthread_getname_np(pthread_self(), name.data(), name.size()); });
  }
  EXPECT_STREQ(name.c_str(), "a-name-that-is-");
}

TEST(Thread, MovesAndJoinsOnce) {
  std::atomic<int> runs = 0;
  std::vector<Thread> threads;
  for (int i = 0; i < 10; ++i) threads.emplace_back("work", [&] { ++runs; });
  for (Thread& thread : threads) {
    thread.Join();
    thread.Join();
  }
  EXPECT_EQ(runs, 10);
  Thread none;
  none.Join();
}

}  // namespace
}  // namespace fovea
