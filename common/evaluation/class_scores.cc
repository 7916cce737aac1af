#include "common/evaluation/class_scores.h"

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

double ShareOrZero(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<ClassScores> ScoreClasses(const ConfusionMatrix& confusion) {
  const std::vector<int64_t> support = confusion.TrueCounts();
  const std::vector<int64_t> predicted = confusion.PredictedCounts();
  std::vector<ClassScores> scores;
  for (int i = 0; i < confusion.num_classes(); ++i) {
    const int64_t right = confusion.at(i, i);
    scores.push_back({.precision = ShareOrZero(right, predicted[i]),
                      .recall = ShareOrZero(right, support[i]),
                      .f1 = ShareOrZero(2 * right, support[i] + predicted[i]),
                      .support = support[i],
                      .predicted = predicted[i]});
  }
  return scores;
}

double MacroF1(const ConfusionMatrix& confusion) {
  std::vector<double> f1;
  for (const ClassScores& scores : ScoreClasses(confusion)) {
    if (scores.support + scores.predicted > 0) f1.push_back(scores.f1);
  }
  return MeanOfDefined(f1);
}

}  // namespace fovea
