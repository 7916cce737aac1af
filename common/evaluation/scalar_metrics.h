// All metrics of metric.h at once, for the whole data set or a resample of it.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "common/evaluation/binary_task.h"
#include "common/evaluation/metric.h"
#include "common/evaluation/predictions.h"
#include "common/evaluation/ranking.h"

namespace fovea {

// From which score on an image is said to be referable, and to be vision-threatening. Chosen on
// validation images, see threshold_choice.h.
struct DecisionThresholds {
  double referable = 0.5;
  double vision_threatening = 0.5;
};

// INVALID_ARGUMENT unless both are finite.
absl::Status ValidateThresholds(const DecisionThresholds& thresholds);

// Does what needs doing once (sorting by score, losses of each image), so that the metrics of a
// resample take time in proportion to its images. Thread-safe after construction.
class ScalarMetrics {
 public:
  // `predictions` must be valid; nothing of it is kept.
  ScalarMetrics(const Predictions& predictions, const DecisionThresholds& thresholds);

  // By Metric. `images` names an image as often as it counts.
  std::vector<double> Of(const std::vector<size_t>& images) const;
  // Of every image once.
  std::vector<double> OfAll() const;

 private:
  struct Image {
    int label = 0;
    int predicted = 0;
    double confidence = 0;  // The highest probability.
    bool most_probable_is_right = false;
    double log_loss = 0;
    double brier_score = 0;
  };
  // A yes-or-no task with its threshold and the first of its six metrics.
  struct Screening {
    BinaryTask task;
    Ranking ranking;
    double threshold;
    Metric first;
  };

  void SetAgreement(const std::vector<size_t>& images, std::vector<double>* values) const;
  void SetCalibration(const std::vector<size_t>& images, std::vector<double>* values) const;
  void SetMacroRanking(const std::vector<int>& times, std::vector<double>* values) const;
  void SetScreening(const Screening& screening, const std::vector<size_t>& images,
                    const std::vector<int>& times, std::vector<double>* values) const;

  int num_classes_;
  std::vector<Image> images_;
  std::vector<Ranking> class_rankings_;
  std::vector<Screening> screenings_;
};

}  // namespace fovea
