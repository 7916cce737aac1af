#include "common/evaluation/roc.h"

#include <limits>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

// Whether the steps to `here` and from it are equal, so that a straight line goes through.
bool IsOnLine(const ThresholdCounts& before, const ThresholdCounts& here,
              const ThresholdCounts& after) {
  return here.true_positives - before.true_positives ==
             after.true_positives - here.true_positives &&
         here.false_positives - before.false_positives ==
             after.false_positives - here.false_positives;
}

RocPoint PointOf(const ThresholdCounts& here, const ThresholdCounts& all) {
  return {.threshold = here.threshold,
          .false_positive_rate = Share(static_cast<double>(here.false_positives),
                                       static_cast<double>(all.false_positives)),
          .true_positive_rate = Share(static_cast<double>(here.true_positives),
                                      static_cast<double>(all.true_positives))};
}

}  // namespace

double RocAuc(const std::vector<ThresholdCounts>& counts) {
  int64_t twice_area = 0;  // In pairs of a positive and a negative image.
  ThresholdCounts last;
  for (const ThresholdCounts& here : counts) {
    twice_area += (here.false_positives - last.false_positives) *
                  (here.true_positives + last.true_positives);
    last = here;
  }
  const int64_t pairs = last.true_positives * last.false_positives;
  return Share(static_cast<double>(twice_area), 2.0 * static_cast<double>(pairs));
}

std::vector<RocPoint> RocCurve(const std::vector<ThresholdCounts>& counts) {
  if (counts.empty()) return {};
  const ThresholdCounts& all = counts.back();
  const ThresholdCounts none = {.threshold = std::numeric_limits<double>::infinity()};
  std::vector<RocPoint> curve = {PointOf(none, all)};
  for (size_t i = 0; i < counts.size(); ++i) {
    const bool is_inner = i > 0 && i + 1 < counts.size();
    if (is_inner && IsOnLine(counts[i - 1], counts[i], counts[i + 1])) continue;
    curve.push_back(PointOf(counts[i], all));
  }
  return curve;
}

}  // namespace fovea
