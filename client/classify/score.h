// How well answers agree with true grades.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/display/terminal.h"
#include "common/evaluation/confusion_matrix.h"

namespace fovea::client {

// Counts of (true, answered). Grows with the grades that it sees.
class Score {
 public:
  void Add(int truth, int answer);

  int64_t total() const { return Confusion().total(); }
  double Accuracy() const;          // 0 without any.
  double MajorityBaseline() const;  // Share of the most frequent true grade.
  // Quadratic weighted kappa; NaN where it is undefined.
  double Kappa() const { return Confusion().QuadraticWeightedKappa(); }
  // Rows = truth, columns = answer.
  const std::vector<std::vector<int64_t>>& counts() const { return counts_; }

 private:
  ConfusionMatrix Confusion() const;

  std::vector<std::vector<int64_t>> counts_;
};

// Accuracy beside the baseline, kappa, and the counts as a table.
std::string RenderScore(const Score& score, const Style& style);
// What has no place in the score.
struct Unscored {
  int64_t failed = 0;
  int64_t ungradable = 0;
  int64_t unlabelled = 0;
};

// {"summary":{...}} on one line.
std::string ScoreJsonLine(const Score& score, const Unscored& unscored);

}  // namespace fovea::client
