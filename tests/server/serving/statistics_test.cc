#include "server/serving/statistics.h"

#include <gmock/gmock.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "absl/strings/str_cat.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class StatisticsTest : public testing::Test {
 protected:
  std::string Text() const {
    return prometheus::TextSerializer().Serialize(metrics_.registry()->Collect());
  }

  Metrics metrics_;
  ServingStatistics statistics_{&metrics_};
  const ServedModel served_{"dr", 3, "models/dr/versions/3", nullptr};
};

TEST_F(StatisticsTest, AVersionThatWasNotAskedHasZeros) {
  const VersionStatistics statistics = statistics_.Of("dr", 3, InputKind::kImage);
  EXPECT_EQ(statistics.inputs, 0);
  EXPECT_EQ(statistics.success.count, 0);
  EXPECT_EQ(statistics.last_inference, absl::InfinitePast());
  EXPECT_TRUE(statistics.by_batch_size.empty());
}

TEST_F(StatisticsTest, RequestsAreCountedByWhatTheyBring) {
  const RequestTimes times = {absl::Milliseconds(10), absl::Milliseconds(4), absl::Milliseconds(3),
                              absl::Milliseconds(2), absl::Milliseconds(1)};
  statistics_.RequestDone(served_, InputKind::kImage, times);
  statistics_.RequestDone(served_, InputKind::kImage, times);
  statistics_.RequestDone(served_, InputKind::kTensor, times);
  const VersionStatistics images = statistics_.Of("dr", 3, InputKind::kImage);
  EXPECT_EQ(images.success.count, 2);
  EXPECT_EQ(images.success.sum, absl::Milliseconds(20));
  EXPECT_EQ(images.queue.sum, absl::Milliseconds(8));
  EXPECT_EQ(images.compute_input.sum, absl::Milliseconds(6));
  EXPECT_EQ(images.compute_infer.sum, absl::Milliseconds(4));
  EXPECT_EQ(images.compute_output.sum, absl::Milliseconds(2));
  EXPECT_EQ(statistics_.Of("dr", 3, InputKind::kTensor).success.count, 1);
  EXPECT_EQ(statistics_.Of("dr", 2, InputKind::kTensor).success.count, 0);
  EXPECT_THAT(Text(),
              HasSubstr("nv_inference_request_success{model=\"dr-image\",version=\"3\"} 2"));
  EXPECT_THAT(Text(),
              HasSubstr("nv_inference_queue_duration_us{model=\"dr\",version=\"3\"} 4000"));
  EXPECT_THAT(Text(), HasSubstr("fovea_inference_request_duration_seconds_count{model=\"dr\","
                                "version=\"3\"} 1"));
}

TEST_F(StatisticsTest, FailuresHaveTheirReason) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kCancelled, absl::StatusCode::kInternal,
        absl::StatusCode::kInvalidArgument}) {
    statistics_.RequestFailed(served_, InputKind::kTensor, code, absl::Milliseconds(1));
  }
  EXPECT_EQ(statistics_.Of("dr", 3, InputKind::kTensor).fail.count, 5);
  EXPECT_EQ(statistics_.Of("dr", 3, InputKind::kTensor).fail.sum, absl::Milliseconds(5));
  const auto failures = [](const char* reason, int count) {
    return HasSubstr(absl::StrCat("nv_inference_request_failure{model=\"dr\",reason=\"", reason,
                                  "\",version=\"3\"} ", count));
  };
  EXPECT_THAT(Text(), failures("REJECTED", 2));
  EXPECT_THAT(Text(), failures("CANCELED", 1));
  EXPECT_THAT(Text(), failures("BACKEND", 1));
  EXPECT_THAT(Text(), failures("OTHER", 1));
}

TEST_F(StatisticsTest, BatchesAreCountedBySize) {
  const auto done = [&](int inputs, absl::Duration infer) {
    statistics_.BatchDone(served_, InputKind::kTensor, inputs, absl::Milliseconds(1), infer);
  };
  done(4, absl::Milliseconds(8));
  done(4, absl::Milliseconds(8));
  done(1, absl::Milliseconds(3));
  const VersionStatistics statistics = statistics_.Of("dr", 3, InputKind::kTensor);
  EXPECT_EQ(statistics.inputs, 9);
  EXPECT_EQ(statistics.batches, 3);
  EXPECT_GT(statistics.last_inference, absl::UnixEpoch());
  EXPECT_EQ(statistics.by_batch_size.at(4).compute_infer.count, 2);
  EXPECT_EQ(statistics.by_batch_size.at(4).compute_infer.sum, absl::Milliseconds(16));
  EXPECT_EQ(statistics.by_batch_size.at(1).compute_input.sum, absl::Milliseconds(1));
  EXPECT_THAT(Text(), HasSubstr("nv_inference_count{model=\"dr\",version=\"3\"} 9"));
  EXPECT_THAT(Text(), HasSubstr("nv_inference_exec_count{model=\"dr\",version=\"3\"} 3"));
}

TEST_F(StatisticsTest, WhatWaitsComesAndGoes) {
  statistics_.PendingChanged(served_, InputKind::kImage, 1);
  statistics_.PendingChanged(served_, InputKind::kImage, 1);
  statistics_.PendingChanged(served_, InputKind::kImage, -1);
  EXPECT_THAT(Text(), HasSubstr("nv_inference_pending_request_count{model=\"dr-image\","
                                "version=\"3\"} 1"));
}

}  // namespace
}  // namespace fovea
