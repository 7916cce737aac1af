#include "common/evaluation/ranking.h"

#include <algorithm>

namespace fovea {

Ranking::Ranking(const BinaryTask& task) {
  for (size_t i = 0; i < task.score.size(); ++i) {
    entries_.push_back({.score = task.score[i], .image = i, .positive = task.positive[i]});
  }
  // The order of equals does not matter: they are counted together.
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.score > b.score; });
}

std::vector<ThresholdCounts> Ranking::Counts() const {
  return Counts(std::vector<int>(entries_.size(), 1));
}

std::vector<ThresholdCounts> Ranking::Counts(const std::vector<int>& times) const {
  std::vector<ThresholdCounts> counts;
  ThresholdCounts sum;
  for (const Entry& entry : entries_) {
    if (times[entry.image] == 0) continue;
    if (counts.empty() || counts.back().threshold != entry.score) counts.emplace_back();
    sum.threshold = entry.score;
    (entry.positive ? sum.true_positives : sum.false_positives) += times[entry.image];
    counts.back() = sum;
  }
  return counts;
}

}  // namespace fovea
