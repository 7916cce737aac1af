#include "common/evaluation/threshold_choice.h"

#include "common/base/status.h"

namespace fovea {
namespace {

absl::Status CheckBothOccur(const std::vector<ThresholdCounts>& counts) {
  if (counts.empty() || counts.back().true_positives == 0) {
    return FieldError("labels", "no positive image; at least one is needed to choose a threshold");
  }
  if (counts.back().false_positives == 0) {
    return FieldError("labels", "no negative image; at least one is needed to choose a threshold");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<double> HighestYouden(const std::vector<ThresholdCounts>& counts) {
  FOVEA_RETURN_IF_ERROR(CheckBothOccur(counts));
  const int64_t positives = counts.back().true_positives;
  const int64_t negatives = counts.back().false_positives;
  // J times positives times negatives is a whole number, so that equals are equal.
  const auto scaled_j = [&](const ThresholdCounts& here) {
    return here.true_positives * negatives - here.false_positives * positives;
  };
  const ThresholdCounts* best = &counts.front();
  for (const ThresholdCounts& here : counts) {
    if (scaled_j(here) >= scaled_j(*best)) best = &here;
  }
  return best->threshold;
}

absl::StatusOr<double> HighestSpecificity(const std::vector<ThresholdCounts>& counts,
                                          double sensitivity_floor) {
  if (!(sensitivity_floor > 0 && sensitivity_floor <= 1)) {
    return FieldError("sensitivity_floor", "must be above 0 and at most 1");
  }
  FOVEA_RETURN_IF_ERROR(CheckBothOccur(counts));
  const double positives = static_cast<double>(counts.back().true_positives);
  // The lowest threshold has sensitivity 1. Each higher one has no more false positives.
  const ThresholdCounts* best = &counts.back();
  for (const ThresholdCounts& here : counts) {
    if (static_cast<double>(here.true_positives) / positives < sensitivity_floor) continue;
    const bool fewer = here.false_positives < best->false_positives;
    const bool equal = here.false_positives == best->false_positives;
    if (fewer || (equal && here.true_positives >= best->true_positives)) best = &here;
  }
  return best->threshold;
}

}  // namespace fovea
