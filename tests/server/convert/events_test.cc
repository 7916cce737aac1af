#include "server/convert/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EventToProto, TrainingStartedTellsOfTheValidationPart) {
  TrainingStarted started;
  started.train_images = 9;
  started.test_images = 5;
  started.validation_images = 3;
  started.validation_class_counts = {2, 1};
  const v1::TrainingStarted proto = EventToProto(started).training_started();
  EXPECT_EQ(proto.train_images(), 9);
  EXPECT_EQ(proto.test_images(), 5);
  EXPECT_EQ(proto.validation_images(), 3);
  EXPECT_THAT(proto.validation_class_counts(), ElementsAre(2, 1));
}

TEST(EventToProto, AnEpochWithAValidationPart) {
  EpochFinished epoch;
  epoch.train = {0.5, 0.25};
  epoch.test = {0.75, 0.125};
  epoch.validation = PartMetrics{0.625, 0.375};
  epoch.validation_kappa = -0.5;
  epoch.test_kappa = 0.5;
  epoch.best = true;
  const v1::EpochFinished proto = EventToProto(epoch).epoch_finished();
  EXPECT_EQ(proto.train().loss(), 0.5);
  EXPECT_EQ(proto.train().accuracy(), 0.25);
  EXPECT_EQ(proto.test().loss(), 0.75);
  EXPECT_EQ(proto.test().accuracy(), 0.125);
  EXPECT_EQ(proto.validation().loss(), 0.625);
  EXPECT_EQ(proto.validation().accuracy(), 0.375);
  EXPECT_EQ(proto.validation_kappa(), -0.5);
  EXPECT_EQ(proto.test_kappa(), 0.5);
  EXPECT_TRUE(proto.best());
}

TEST(EventToProto, AnEpochWithoutOne) {
  EpochFinished epoch;
  epoch.validation_kappa = 0.5;  // Means nothing.
  const v1::EpochFinished proto = EventToProto(epoch).epoch_finished();
  EXPECT_FALSE(proto.has_validation());
  EXPECT_EQ(proto.validation_kappa(), 0);
  EXPECT_THAT(EventToProto(TrainingStarted()).training_started().validation_class_counts(),
              IsEmpty());
}

}  // namespace
}  // namespace fovea
