#include "server/training/meters.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(TrainMeter, CountsEachStepOnceForEveryPhotograph) {
  TrainMeter meter;
  meter.Add(1.0, 4, 3);
  meter.Add(4.0, 2, 0);
  EXPECT_DOUBLE_EQ(meter.loss(), 2.0);
  EXPECT_DOUBLE_EQ(meter.accuracy(), 0.5);
}

}  // namespace
}  // namespace fovea
