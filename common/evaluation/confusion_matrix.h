// Counts of true against predicted classes, and how well they agree.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fovea {

// What the shares of a normalised matrix are shares of.
enum class NormaliseOver { kTrue, kPredicted, kAll };

// As sklearn.metrics.confusion_matrix(labels=range(num_classes)). Not thread-safe; reading is.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int num_classes)
      : num_classes_(num_classes), counts_(num_classes * num_classes) {}

  // Takes counts in the form of counts(), of as many classes.
  void SetCounts(std::vector<int64_t> counts) { counts_ = std::move(counts); }
  void Add(int truth, int predicted) { ++counts_[truth * num_classes_ + predicted]; }

  int num_classes() const { return num_classes_; }
  int64_t total() const;
  int64_t at(int truth, int predicted) const { return counts_[truth * num_classes_ + predicted]; }
  // Row = true class, column = predicted, row-major.
  const std::vector<int64_t>& counts() const { return counts_; }
  // How often each class is true, and how often it is predicted.
  std::vector<int64_t> TrueCounts() const;
  std::vector<int64_t> PredictedCounts() const;

  // Counts divided by those of their row, of their column or of all, in the form of counts(). As
  // confusion_matrix(normalize="true", "pred" or "all"): 0 where a row, column or all is empty.
  std::vector<double> Normalised(NormaliseOver over) const;

  // sum_i O_ii / total, 0..1; NaN without counts. sklearn.metrics.accuracy_score.
  double Accuracy() const;
  // The accuracy of always answering the most frequent true class, 0..1; NaN without counts.
  double MajorityBaseline() const;
  // Of each class O_ii / sum_j O_ij, 0..1; NaN for a class that does not occur.
  std::vector<double> Recall() const;
  // The mean recall of the classes that occur, 0..1; NaN without counts.
  // sklearn.metrics.balanced_accuracy_score (Brodersen et al., ICPR 2010).
  double BalancedAccuracy() const;
  // sum_ij |i - j| O_ij / total, in grades, 0 .. num_classes - 1; NaN without counts.
  // sklearn.metrics.mean_absolute_error.
  double MeanAbsoluteError() const;
  // Cohen's kappa with quadratic weights (J. Cohen, Psychological Bulletin 70, 1968):
  //   1 - sum_ij d_ij O_ij / sum_ij d_ij E_ij,  d_ij = (i - j)^2,
  // O the counts, E the product of their margins divided by the total; -1..1. Equals
  // sklearn.metrics.cohen_kappa_score(weights="quadratic", labels=range(num_classes)); without
  // `labels`, scikit-learn numbers anew the classes that occur, which changes their distances. NaN,
  // as there, where the denominator is 0: without counts, or when all truths and all predictions
  // are one and the same class. When truths are all one class and predictions all another one, it
  // is 0.
  double QuadraticWeightedKappa() const;

 private:
  int num_classes_;
  std::vector<int64_t> counts_;
};

}  // namespace fovea
