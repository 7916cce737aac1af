#include "common/evaluation/predictions.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr double kRowTolerance = 1e-4;

absl::Status CheckLengths(const Predictions& p) {
  if (p.num_classes < 2) {
    return FieldError("num_classes", absl::StrCat(p.num_classes, "; allowed are 2 and more"));
  }
  if (p.labels.empty()) return FieldError("labels", "no images; at least one is needed");
  const size_t wanted = p.images() * static_cast<size_t>(p.num_classes);
  if (p.probabilities.size() != wanted) {
    return FieldError("probabilities", absl::StrCat(p.probabilities.size(), " numbers; allowed is ",
                                                    wanted, ", one an image and class"));
  }
  if (!p.predicted.empty() && p.predicted.size() != p.images()) {
    return FieldError("predicted", absl::StrCat(p.predicted.size(), " classes; allowed is none, or ",
                                                p.images(), ", one an image"));
  }
  if (!p.patients.empty() && p.patients.size() != p.images()) {
    return FieldError("patients", absl::StrCat(p.patients.size(), " ids; allowed is none, or ",
                                               p.images(), ", one an image"));
  }
  return absl::OkStatus();
}

absl::Status CheckClass(absl::string_view field, int value, size_t image, int num_classes) {
  if (value >= 0 && value < num_classes) return absl::OkStatus();
  return FieldError(field, absl::StrCat(value, " of image ", image, "; allowed are 0 to ",
                                        num_classes - 1));
}

absl::Status CheckRow(std::span<const double> row, size_t image) {
  double sum = 0;
  for (const double probability : row) {
    // Written so that NaN fails.
    if (!(probability >= 0 && probability <= 1)) {
      return FieldError("probabilities", absl::StrCat(probability, " of image ", image,
                                                      "; allowed is 0 to 1"));
    }
    sum += probability;
  }
  if (std::abs(sum - 1) <= kRowTolerance) return absl::OkStatus();
  return FieldError("probabilities", absl::StrCat("those of image ", image, " add up to ", sum,
                                                  "; allowed is 1, to within ", kRowTolerance));
}

}  // namespace

absl::Status ValidatePredictions(const Predictions& predictions) {
  FOVEA_RETURN_IF_ERROR(CheckLengths(predictions));
  for (size_t i = 0; i < predictions.images(); ++i) {
    const int classes = predictions.num_classes;
    FOVEA_RETURN_IF_ERROR(CheckClass("labels", predictions.labels[i], i, classes));
    FOVEA_RETURN_IF_ERROR(CheckClass("predicted", predictions.Answer(i), i, classes));
    FOVEA_RETURN_IF_ERROR(CheckRow(predictions.Row(i), i));
  }
  return absl::OkStatus();
}

int Predictions::Answer(size_t image) const {
  return predicted.empty() ? PredictedClass(Row(image)) : predicted[image];
}

int PredictedClass(std::span<const double> probabilities) {
  return static_cast<int>(std::max_element(probabilities.begin(), probabilities.end()) -
                          probabilities.begin());
}

std::vector<std::vector<size_t>> ImagesByPatient(const Predictions& predictions) {
  std::vector<std::vector<size_t>> groups;
  absl::flat_hash_map<std::string, size_t> group_of;
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::string patient = predictions.patients.empty() ? "" : predictions.patients[i];
    if (patient.empty()) {
      groups.push_back({i});
      continue;
    }
    const auto [found, is_new] = group_of.try_emplace(patient, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

}  // namespace fovea
