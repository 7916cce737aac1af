#include "common/evaluation/cut_points.h"

#include <algorithm>

#include "common/base/status.h"

namespace fovea {
namespace {

absl::Status Check(int num_classes, const std::vector<double>& expected,
                   const std::vector<int>& labels) {
  if (num_classes < 2) return FieldError("num_classes", "must be 2 or more");
  if (labels.empty() || expected.size() != labels.size()) {
    return FieldError("labels", "must be as many as expected classes, one or more");
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= num_classes) return FieldError("labels", "must be classes");
    if (!(expected[i] >= 0 && expected[i] <= num_classes - 1)) {
      return FieldError("expected_classes", "must be between the lowest and the highest class");
    }
  }
  return absl::OkStatus();
}

// With so many of the rising values below it.
double Bound(const std::vector<double>& rising, size_t below, int num_classes) {
  if (below == 0) return 0;
  if (below == rising.size()) return num_classes;
  return (rising[below - 1] + rising[below]) / 2;
}

}  // namespace

absl::StatusOr<std::vector<double>> FitCutPoints(int num_classes,
                                                 const std::vector<double>& expected_classes,
                                                 const std::vector<int>& labels) {
  FOVEA_RETURN_IF_ERROR(Check(num_classes, expected_classes, labels));
  const bool one_class =
      std::all_of(labels.begin(), labels.end(), [&](int label) { return label == labels[0]; });
  std::vector<double> rising = expected_classes;
  std::sort(rising.begin(), rising.end());
  std::vector<double> cuts;
  for (int k = 0; k + 1 < num_classes; ++k) {
    const auto below =
        std::count_if(labels.begin(), labels.end(), [k](int label) { return label <= k; });
    cuts.push_back(one_class ? k + 0.5 : Bound(rising, static_cast<size_t>(below), num_classes));
  }
  return cuts;
}

}  // namespace fovea
