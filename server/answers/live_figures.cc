#include "server/answers/live_figures.h"

#include <numeric>

#include "common/evaluation/confusion_matrix.h"
#include "common/evaluation/population_stability.h"

namespace fovea {

LiveFigures FiguresOf(const AnswerTally& tally) {
  LiveFigures figures;
  figures.answers = std::accumulate(tally.answered.begin(), tally.answered.end(), int64_t{0});
  ConfusionMatrix confusion(tally.num_classes);
  confusion.SetCounts(tally.confusion);
  figures.feedback = confusion.total();
  figures.accuracy = confusion.Accuracy();
  figures.kappa = confusion.QuadraticWeightedKappa();
  if (figures.answers >= kAnswersForDrift) {
    figures.population_stability_index = PopulationStabilityIndex(tally.answered, tally.reference);
  }
  return figures;
}

}  // namespace fovea
