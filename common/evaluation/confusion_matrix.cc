#include "common/evaluation/confusion_matrix.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

double Quotient(int64_t part, int64_t whole) {
  return Share(static_cast<double>(part), static_cast<double>(whole));
}

}  // namespace

int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
}

std::vector<int64_t> ConfusionMatrix::TrueCounts() const {
  std::vector<int64_t> sums(num_classes_);
  for (int i = 0; i < num_classes_; ++i) {
    for (int j = 0; j < num_classes_; ++j) sums[i] += at(i, j);
  }
  return sums;
}

std::vector<int64_t> ConfusionMatrix::PredictedCounts() const {
  std::vector<int64_t> sums(num_classes_);
  for (int i = 0; i < num_classes_; ++i) {
    for (int j = 0; j < num_classes_; ++j) sums[j] += at(i, j);
  }
  return sums;
}

std::vector<double> ConfusionMatrix::Normalised(NormaliseOver over) const {
  const std::vector<int64_t> rows = TrueCounts();
  const std::vector<int64_t> columns = PredictedCounts();
  const int64_t all = total();
  std::vector<double> shares;
  for (int i = 0; i < num_classes_; ++i) {
    for (int j = 0; j < num_classes_; ++j) {
      int64_t whole = all;
      if (over == NormaliseOver::kTrue) whole = rows[i];
      if (over == NormaliseOver::kPredicted) whole = columns[j];
      shares.push_back(whole == 0 ? 0 : Quotient(at(i, j), whole));
    }
  }
  return shares;
}

double ConfusionMatrix::Accuracy() const {
  int64_t right = 0;
  for (int i = 0; i < num_classes_; ++i) right += at(i, i);
  return Quotient(right, total());
}

double ConfusionMatrix::MajorityBaseline() const {
  const std::vector<int64_t> rows = TrueCounts();
  if (rows.empty()) return kUndefined;
  return Quotient(*std::max_element(rows.begin(), rows.end()), total());
}

std::vector<double> ConfusionMatrix::Recall() const {
  const std::vector<int64_t> rows = TrueCounts();
  std::vector<double> recall;
  for (int i = 0; i < num_classes_; ++i) recall.push_back(Quotient(at(i, i), rows[i]));
  return recall;
}

double ConfusionMatrix::BalancedAccuracy() const { return MeanOfDefined(Recall()); }

double ConfusionMatrix::MeanAbsoluteError() const {
  int64_t sum = 0;
  for (int i = 0; i < num_classes_; ++i) {
    for (int j = 0; j < num_classes_; ++j) sum += std::abs(i - j) * at(i, j);
  }
  return Quotient(sum, total());
}

double ConfusionMatrix::QuadraticWeightedKappa() const {
  const std::vector<int64_t> rows = TrueCounts();
  const std::vector<int64_t> columns = PredictedCounts();
  const double all = static_cast<double>(total());
  double observed = 0;
  double expected = 0;
  for (int i = 0; i < num_classes_; ++i) {
    for (int j = 0; j < num_classes_; ++j) {
      const double distance = static_cast<double>((i - j) * (i - j));
      observed += distance * static_cast<double>(at(i, j));
      expected += distance * static_cast<double>(rows[i]) * static_cast<double>(columns[j]);
    }
  }
  return 1.0 - Share(observed * all, expected);
}

}  // namespace fovea
