#include "common/evaluation/metric.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fovea {
namespace {

TEST(Metric, NamesAreDifferentAndInTheirPlaces) {
  std::set<std::string> names;
  for (size_t i = 0; i < kMetricCount; ++i) {
    names.insert(std::string(MetricName(static_cast<Metric>(i))));
  }
  EXPECT_EQ(names.size(), kMetricCount);
  EXPECT_EQ(MetricName(Metric::kAccuracy), "accuracy");
  EXPECT_EQ(MetricName(Metric::kReferableRocAuc), "referable_roc_auc");
  EXPECT_EQ(MetricName(Metric::kVisionThreateningNegativePredictiveValue),
            "vision_threatening_negative_predictive_value");
}

}  // namespace
}  // namespace fovea
