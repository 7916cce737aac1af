#include "common/evaluation/precision_recall.h"

#include <limits>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

bool HasPositives(const std::vector<ThresholdCounts>& counts) {
  return !counts.empty() && counts.back().true_positives > 0;
}

double Precision(const ThresholdCounts& counts) {
  return Share(static_cast<double>(counts.true_positives),
               static_cast<double>(counts.true_positives + counts.false_positives));
}

}  // namespace

double AveragePrecision(const std::vector<ThresholdCounts>& counts) {
  if (!HasPositives(counts)) return kUndefined;
  double sum = 0;
  int64_t found = 0;
  for (const ThresholdCounts& here : counts) {
    sum += static_cast<double>(here.true_positives - found) * Precision(here);
    found = here.true_positives;
  }
  return sum / static_cast<double>(found);
}

std::vector<PrecisionRecallPoint> PrecisionRecallCurve(const std::vector<ThresholdCounts>& counts) {
  if (!HasPositives(counts)) return {};
  const double positives = static_cast<double>(counts.back().true_positives);
  std::vector<PrecisionRecallPoint> curve = {
      {.threshold = std::numeric_limits<double>::infinity(), .precision = 1, .recall = 0}};
  for (size_t i = 0; i < counts.size(); ++i) {
    const int64_t found = counts[i].true_positives;
    const bool is_end = i == 0 || i + 1 == counts.size();
    if (!is_end && counts[i - 1].true_positives == found && counts[i + 1].true_positives == found) {
      continue;
    }
    curve.push_back({.threshold = counts[i].threshold,
                     .precision = Precision(counts[i]),
                     .recall = static_cast<double>(found) / positives});
  }
  return curve;
}

}  // namespace fovea
