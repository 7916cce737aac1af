#include "common/evaluation/cut_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/base/status.h"
#include "common/evaluation/confusion_matrix.h"

namespace fovea {
namespace {

constexpr double kLeastGain = 1e-12;  // Below it, kappa has not changed.

struct Fit {
  std::vector<double> cuts;
  double kappa = 0;
};

// Images in the order of their expected class, so that the counts between two bounds are differences.
class SortedImages {
 public:
  SortedImages(int num_classes, const std::vector<double>& expected, const std::vector<int>& labels)
      : num_classes_(num_classes), below_(expected.size() + 1, std::vector<int64_t>(num_classes)) {
    std::vector<size_t> order(expected.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return expected[a] < expected[b]; });
    for (size_t i = 0; i < order.size(); ++i) {
      values_.push_back(expected[order[i]]);
      below_[i + 1] = below_[i];
      ++below_[i + 1][labels[order[i]]];
    }
    for (size_t i = 1; i < values_.size(); ++i) {
      if (values_[i - 1] < values_[i]) middles_.push_back((values_[i - 1] + values_[i]) / 2);
    }
  }

  // Between neighbouring expected classes that differ, rising.
  const std::vector<double>& middles() const { return middles_; }

  double Kappa(const std::vector<double>& cuts) const {
    std::vector<int64_t> counts(num_classes_ * num_classes_);
    size_t begin = 0;
    for (int k = 0; k < num_classes_; ++k) {
      const size_t end = k + 1 < num_classes_ ? Below(cuts[k]) : values_.size();
      for (int label = 0; label < num_classes_; ++label) {
        counts[label * num_classes_ + k] = below_[end][label] - below_[begin][label];
      }
      begin = end;
    }
    ConfusionMatrix confusion(num_classes_);
    confusion.SetCounts(std::move(counts));
    return confusion.QuadraticWeightedKappa();
  }

  // Bounds that give each class as many images as have its label.
  std::vector<double> Quantiles() const {
    std::vector<double> cuts;
    size_t below = 0;
    for (int k = 0; k + 1 < num_classes_; ++k) {
      below += static_cast<size_t>(below_.back()[k]);
      cuts.push_back(below < values_.size() ? values_[below] : num_classes_ - 1);
    }
    return cuts;
  }

 private:
  size_t Below(double cut) const {
    return std::lower_bound(values_.begin(), values_.end(), cut) - values_.begin();
  }

  const int num_classes_;
  std::vector<double> values_;
  std::vector<double> middles_;
  std::vector<std::vector<int64_t>> below_;  // Of the first i images: how many have each label.
};

// Moves one bound to its best place between its neighbours; whether kappa rose.
bool MoveBound(const SortedImages& images, size_t bound, Fit* fit) {
  const double low = bound == 0 ? 0 : fit->cuts[bound - 1];
  const double high = bound + 1 < fit->cuts.size() ? fit->cuts[bound + 1] : fit->cuts.size();
  const double before = fit->kappa;
  std::vector<double> cuts = fit->cuts;
  for (const double middle : images.middles()) {
    if (middle < low || middle > high) continue;
    cuts[bound] = middle;
    const double kappa = images.Kappa(cuts);
    if (kappa > fit->kappa + kLeastGain) *fit = {cuts, kappa};
  }
  return fit->kappa > before;
}

Fit Ascend(const SortedImages& images, std::vector<double> start) {
  Fit fit = {start, images.Kappa(start)};
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t bound = 0; bound < fit.cuts.size(); ++bound) {
      moved = MoveBound(images, bound, &fit) || moved;
    }
  }
  return fit;
}

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

}  // namespace

absl::StatusOr<std::vector<double>> FitCutPoints(int num_classes,
                                                 const std::vector<double>& expected_classes,
                                                 const std::vector<int>& labels) {
  FOVEA_RETURN_IF_ERROR(Check(num_classes, expected_classes, labels));
  std::vector<double> between;
  for (int k = 0; k + 1 < num_classes; ++k) between.push_back(k + 0.5);
  if (std::all_of(labels.begin(), labels.end(), [&](int label) { return label == labels[0]; })) {
    return between;
  }
  const SortedImages images(num_classes, expected_classes, labels);
  const Fit first = Ascend(images, between);
  const Fit second = Ascend(images, images.Quantiles());
  return second.kappa > first.kappa + kLeastGain ? second.cuts : first.cuts;
}

}  // namespace fovea
