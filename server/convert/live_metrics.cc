#include "server/convert/live_metrics.h"

#include <google/protobuf/util/time_util.h>

#include "server/answers/live_figures.h"

namespace fovea {

v1::LiveMetrics LiveMetricsToProto(const AnswerTally& tally) {
  const LiveFigures figures = FiguresOf(tally);
  v1::LiveMetrics live;
  live.set_answers(figures.answers);
  live.mutable_answer_counts()->Assign(tally.answered.begin(), tally.answered.end());
  live.set_ungradable(tally.ungradable);
  live.set_feedback(figures.feedback);
  live.set_accuracy(figures.accuracy);
  live.set_kappa(figures.kappa);
  live.mutable_confusion()->Assign(tally.confusion.begin(), tally.confusion.end());
  live.set_population_stability_index(figures.population_stability_index);
  *live.mutable_since() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
      absl::ToUnixNanos(tally.since));
  return live;
}

}  // namespace fovea
