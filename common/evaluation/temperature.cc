#include "common/evaluation/temperature.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Of a range of log temperature below 8: leaves less than the precision of double.
constexpr int kHalvings = 60;

std::span<const double> RowOf(const Logits& logits, size_t image) {
  const size_t classes = static_cast<size_t>(logits.num_classes);
  return std::span(logits.values).subspan(image * classes, classes);
}

absl::Status CheckInput(const Logits& logits, const std::vector<int>& labels) {
  if (logits.num_classes < 2) {
    return FieldError("num_classes", absl::StrCat(logits.num_classes, "; allowed are 2 and more"));
  }
  if (labels.empty()) return FieldError("labels", "no images; at least one is needed");
  const size_t wanted = labels.size() * static_cast<size_t>(logits.num_classes);
  if (logits.values.size() != wanted) {
    return FieldError("logits", absl::StrCat(logits.values.size(), " numbers; allowed is ", wanted,
                                             ", one an image and class"));
  }
  for (const int label : labels) {
    if (label < 0 || label >= logits.num_classes) {
      return FieldError("labels",
                        absl::StrCat(label, "; allowed are 0 to ", logits.num_classes - 1));
    }
  }
  for (const double value : logits.values) {
    if (!std::isfinite(value)) return FieldError("logits", "not finite; every number must be");
  }
  return absl::OkStatus();
}

// The derivative of one image's log loss by b = 1 / temperature: the mean logit under
// softmax(b * row), less the logit of the label.
double SlopeOfImage(std::span<const double> row, int label, double b) {
  const double highest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  double weighted = 0;
  for (const double logit : row) {
    const double weight = std::exp(b * (logit - highest));
    sum += weight;
    weighted += weight * (logit - highest);
  }
  return weighted / sum - (row[static_cast<size_t>(label)] - highest);
}

double Slope(const Logits& logits, const std::vector<int>& labels, double temperature) {
  double sum = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    sum += SlopeOfImage(RowOf(logits, i), labels[i], 1 / temperature);
  }
  return sum;
}

}  // namespace

std::vector<double> Softmax(const Logits& logits, double temperature) {
  std::vector<double> probabilities;
  probabilities.reserve(logits.values.size());
  const size_t images = logits.values.size() / static_cast<size_t>(logits.num_classes);
  for (size_t i = 0; i < images; ++i) {
    const std::span<const double> row = RowOf(logits, i);
    const double highest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double logit : row) sum += std::exp((logit - highest) / temperature);
    for (const double logit : row) {
      probabilities.push_back(std::exp((logit - highest) / temperature) / sum);
    }
  }
  return probabilities;
}

absl::StatusOr<double> FitTemperature(const Logits& logits, const std::vector<int>& labels) {
  FOVEA_RETURN_IF_ERROR(CheckInput(logits, labels));
  // The slope falls as the temperature rises, and is 0 at the lowest loss.
  const double slope_at_lowest = Slope(logits, labels, kLowestTemperature);
  const double slope_at_highest = Slope(logits, labels, kHighestTemperature);
  if (slope_at_lowest == 0 && slope_at_highest == 0) return 1.0;
  if (slope_at_lowest <= 0) return kLowestTemperature;
  if (slope_at_highest >= 0) return kHighestTemperature;
  double low = std::log(kLowestTemperature);
  double high = std::log(kHighestTemperature);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    if (Slope(logits, labels, std::exp(middle)) > 0) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace fovea
