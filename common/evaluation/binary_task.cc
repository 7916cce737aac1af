#include "common/evaluation/binary_task.h"

namespace fovea {

BinaryTask OneVersusRest(const Predictions& predictions, int class_index) {
  BinaryTask task;
  for (size_t i = 0; i < predictions.images(); ++i) {
    task.positive.push_back(predictions.labels[i] == class_index);
    task.score.push_back(predictions.Row(i)[static_cast<size_t>(class_index)]);
  }
  return task;
}

double ScoreOfGradeAtLeast(std::span<const double> probabilities, int grade) {
  double score = 0;
  for (size_t i = static_cast<size_t>(grade); i < probabilities.size(); ++i) {
    score += probabilities[i];
  }
  return score;
}

BinaryTask GradeAtLeast(const Predictions& predictions, int grade) {
  BinaryTask task;
  for (size_t i = 0; i < predictions.images(); ++i) {
    task.positive.push_back(predictions.labels[i] >= grade);
    task.score.push_back(ScoreOfGradeAtLeast(predictions.Row(i), grade));
  }
  return task;
}

}  // namespace fovea
