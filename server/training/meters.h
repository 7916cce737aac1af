// Accumulators of loss and agreement.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fovea {

// Loss and accuracy of training steps. The loss of a step is torch.nn.CrossEntropyLoss(weight) of its
// batch: sum of w_y * l over the batch, divided by the sum of w_y. The meter's loss is the mean of
// the steps' losses, each counted once for every photograph of its batch (the last batch of an epoch
// may be smaller). Not thread-safe.
struct TrainMeter {
  double loss_sum = 0;  // Of step loss * photographs.
  int64_t images = 0;
  int64_t correct = 0;

  void Add(double step_loss, int64_t step_images, int64_t step_correct) {
    loss_sum += step_loss * static_cast<double>(step_images);
    images += step_images;
    correct += step_correct;
  }
  double loss() const { return images == 0 ? 0 : loss_sum / static_cast<double>(images); }
  double accuracy() const {
    return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images);
  }
};

// Counts of true against predicted classes. Not thread-safe.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int num_classes)
      : num_classes_(num_classes), counts_(num_classes * num_classes) {}

  // Takes counts in the form of counts(), of as many classes.
  void SetCounts(std::vector<int64_t> counts) { counts_ = std::move(counts); }
  void Add(int truth, int predicted) { ++counts_[truth * num_classes_ + predicted]; }

  int64_t total() const;
  int64_t at(int truth, int predicted) const { return counts_[truth * num_classes_ + predicted]; }
  // Row = true class, column = predicted, row-major.
  const std::vector<int64_t>& counts() const { return counts_; }

  double Accuracy() const;  // 0..1; NaN without counts.
  // Of each class, 0..1; NaN for a class that does not occur.
  std::vector<double> Recall() const;
  // Share of the most frequent true class; NaN without counts.
  double MajorityBaseline() const;
  // Cohen's kappa with quadratic weights (J. Cohen, Psychological Bulletin 70, 1968):
  //   1 - sum_ij d_ij O_ij / sum_ij d_ij E_ij,  d_ij = (i - j)^2,
  // O the counts, E the product of their margins divided by the total; -1..1. Equals
  // sklearn.metrics.cohen_kappa_score(weights="quadratic"). NaN where the denominator is 0: without
  // counts, or when all truths and all predictions are one and the same class.
  double QuadraticWeightedKappa() const;

 private:
  int num_classes_;
  std::vector<int64_t> counts_;
};

}  // namespace fovea
