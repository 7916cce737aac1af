#include "common/quality/fundus_rule.h"

#include <algorithm>
#include <iterator>

#include "common/quality/fundus_rule_weights.h"

namespace fovea {
namespace {

static_assert(std::size(kFeatureCentre) == kFundusFeatures);
static_assert(std::size(kFeatureScale) == kFundusFeatures);
static_assert(std::size(kLinearWeights) == kFundusFeatures);
static_assert(std::size(kProductWeights) == kFundusFeatures * (kFundusFeatures + 1) / 2);

constexpr double kLimit = 4;  // Standard deviations; what lies further out counts as much.

}  // namespace

double FundusScore(const FundusFeatures& features) {
  FundusFeatures z;
  for (int i = 0; i < kFundusFeatures; ++i) {
    z[i] = std::clamp((features[i] - kFeatureCentre[i]) / kFeatureScale[i], -kLimit, kLimit);
  }
  double score = kIntercept;
  const double* product_weight = kProductWeights;
  for (int i = 0; i < kFundusFeatures; ++i) {
    score += kLinearWeights[i] * z[i];
    for (int k = i; k < kFundusFeatures; ++k) score += *product_weight++ * z[i] * z[k];
  }
  return score;
}

}  // namespace fovea
