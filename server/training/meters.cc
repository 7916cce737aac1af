#include "server/training/meters.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace fovea {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<int64_t> RowSums(const ConfusionMatrix& matrix, int classes) {
  std::vector<int64_t> sums(classes);
  for (int i = 0; i < classes; ++i) {
    for (int j = 0; j < classes; ++j) sums[i] += matrix.at(i, j);
  }
  return sums;
}

std::vector<int64_t> ColumnSums(const ConfusionMatrix& matrix, int classes) {
  std::vector<int64_t> sums(classes);
  for (int i = 0; i < classes; ++i) {
    for (int j = 0; j < classes; ++j) sums[j] += matrix.at(i, j);
  }
  return sums;
}

}  // namespace

int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
}

double ConfusionMatrix::Accuracy() const {
  const int64_t all = total();
  int64_t right = 0;
  for (int i = 0; i < num_classes_; ++i) right += at(i, i);
  return all == 0 ? kUndefined : static_cast<double>(right) / static_cast<double>(all);
}

std::vector<double> ConfusionMatrix::Recall() const {
  const std::vector<int64_t> rows = RowSums(*this, num_classes_);
  std::vector<double> recall;
  for (int i = 0; i < num_classes_; ++i) {
    recall.push_back(rows[i] == 0 ? kUndefined
                                  : static_cast<double>(at(i, i)) / static_cast<double>(rows[i]));
  }
  return recall;
}

double ConfusionMatrix::MajorityBaseline() const {
  const std::vector<int64_t> rows = RowSums(*this, num_classes_);
  const int64_t all = total();
  if (all == 0) return kUndefined;
  return static_cast<double>(*std::max_element(rows.begin(), rows.end())) /
         static_cast<double>(all);
}

double ConfusionMatrix::QuadraticWeightedKappa() const {
  const std::vector<int64_t> rows = RowSums(*this, num_classes_);
  const std::vector<int64_t> columns = ColumnSums(*this, num_classes_);
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
  if (expected == 0) return kUndefined;
  return 1.0 - observed * all / expected;
}

}  // namespace fovea
