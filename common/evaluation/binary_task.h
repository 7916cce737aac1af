// Questions of yes or no that are asked of graded images.
#pragma once

#include <span>
#include <vector>

#include "common/evaluation/predictions.h"

namespace fovea {

// Lowest grades of the ICDR scale (Wilkinson et al., Ophthalmology 110, 2003) that are to be
// referred to an ophthalmologist, and that threaten sight.
inline constexpr int kReferableGrade = 2;
inline constexpr int kVisionThreateningGrade = 3;

// For each image whether the answer is yes, and a score that should be higher where it is.
struct BinaryTask {
  std::vector<bool> positive = {};
  std::vector<double> score = {};
};

// Is it this class, scored by the class's probability. Thread-safe.
BinaryTask OneVersusRest(const Predictions& predictions, int class_index);

// The sum of the probabilities of this grade and all higher ones, 0 when there are none. Thread-safe.
double ScoreOfGradeAtLeast(std::span<const double> probabilities, int grade);

// Is it this grade or a higher one, scored by ScoreOfGradeAtLeast. With no class as high as
// `grade`, no image is positive. Thread-safe.
BinaryTask GradeAtLeast(const Predictions& predictions, int grade);

}  // namespace fovea
