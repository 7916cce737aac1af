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

BinaryTask GradeAtLeast(const Predictions& predictions, int grade) {
  BinaryTask task;
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::span<const double> row = predictions.Row(i);
    double score = 0;
    for (size_t j = static_cast<size_t>(grade); j < row.size(); ++j) score += row[j];
    task.positive.push_back(predictions.labels[i] >= grade);
    task.score.push_back(score);
  }
  return task;
}

}  // namespace fovea
