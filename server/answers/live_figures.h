// What the answers of a version in use say about it.
#pragma once

#include "common/evaluation/undefined.h"
#include "server/answers/answer.h"

namespace fovea {

// As fovea.v1.LiveMetrics.
struct LiveFigures {
  int64_t answers = 0;
  int64_t feedback = 0;
  double accuracy = kUndefined;
  double kappa = kUndefined;
  double population_stability_index = kUndefined;
};

// Fewer answers than this say nothing about drift.
inline constexpr int64_t kAnswersForDrift = 50;

// Thread-safe.
LiveFigures FiguresOf(const AnswerTally& tally);

}  // namespace fovea
