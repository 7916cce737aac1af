#include "common/evaluation/undefined.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(Undefined, ShareOfNothing) {
  EXPECT_DOUBLE_EQ(Share(1, 4), 0.25);
  EXPECT_TRUE(std::isnan(Share(0, 0)));
}

TEST(Undefined, MeanLeavesOutWhatIsNotDefined) {
  EXPECT_DOUBLE_EQ(MeanOfDefined({1, kUndefined, 3}), 2);
  EXPECT_TRUE(std::isnan(MeanOfDefined({kUndefined})));
  EXPECT_TRUE(std::isnan(MeanOfDefined({})));
}

}  // namespace
}  // namespace fovea
