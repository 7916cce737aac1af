// The images of a yes-or-no task in falling order of score, from which ROC and precision-recall
// figures follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/evaluation/binary_task.h"

namespace fovea {

// How many positive and negative images have at least this score.
struct ThresholdCounts {
  double threshold = 0;
  int64_t true_positives = 0;
  int64_t false_positives = 0;
};

// Sorts once, so that resamples of the same images need no sorting. Thread-safe after construction.
class Ranking {
 public:
  explicit Ranking(const BinaryTask& task);

  // For each different score, falling; empty without images. The last entry has all positive and
  // all negative images.
  std::vector<ThresholdCounts> Counts() const;
  // The same when image i is there times[i] times; a score whose images are all absent is left out.
  std::vector<ThresholdCounts> Counts(const std::vector<int>& times) const;

 private:
  struct Entry {
    double score = 0;
    size_t image = 0;
    bool positive = false;
  };
  std::vector<Entry> entries_;  // Falling by score.
};

}  // namespace fovea
