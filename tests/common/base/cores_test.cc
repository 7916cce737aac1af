#include "common/base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace fovea {
namespace {

TEST(CoresTest, QuotasAreRoundedUp) {
  EXPECT_EQ(CoresOfQuota("200000 100000\n"), 2);
  EXPECT_EQ(CoresOfQuota("150000 100000"), 2);
  EXPECT_EQ(CoresOfQuota("1000 100000"), 1);
}

TEST(CoresTest, NoQuotaIsNoLimit) {
  for (const char* text : {"max 100000", "", "100000", "0 100000", "-5 100000", "100000 0", "a b"}) {
    EXPECT_EQ(CoresOfQuota(text), 0) << text;
  }
}

TEST(CoresTest, FollowsTheAffinityMask) {
  // In a thread of its own: the mask is a thread's.
  std::thread([] {
    const int cpu = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(AvailableCores(), 1);
  }).join();
  EXPECT_GE(AvailableCores(), 1);
}

}  // namespace
}  // namespace fovea
