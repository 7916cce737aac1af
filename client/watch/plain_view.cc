#include "client/watch/plain_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/display/epoch_table.h"
#include "client/display/format.h"
#include "client/report.h"

namespace fovea::client {
namespace {

constexpr int64_t kProgressSeconds = 10;

std::string CacheText(const v1::CacheProgress& cache) {
  std::string text = absl::StrCat("cache ", cache.done(), "/", cache.total());
  if (cache.bad() > 0) absl::StrAppend(&text, " (", cache.bad(), " bad)");
  return absl::StrCat(text, ", ", FormatFixed(cache.images_per_second(), 1), " images/s");
}

std::string StepText(const v1::StepProgress& step) {
  if (step.precision_total() > 0) {
    return absl::StrCat("measuring precisions ", step.precision_done(), "/",
                        step.precision_total(), ", ", FormatClock(step.seconds_left()), " left");
  }
  if (step.steps() == 0) {  // Of an evaluation.
    return absl::StrCat("graded ", step.test_done(), "/", step.test_total());
  }
  const std::string epoch = absl::StrCat("epoch ", step.epoch(), "/", step.epochs(), " ",
                                         PhaseName(step.phase()));
  if (step.test_total() > 0) {
    return absl::StrCat(epoch, ": testing ", step.test_done(), "/", step.test_total());
  }
  return absl::StrFormat("%s: step %d/%d, loss %s accuracy %s, %s images/s, %s left", epoch,
                         step.step(), step.steps(), FormatFixed(step.loss(), 4),
                         FormatFixed(step.accuracy(), 4),
                         FormatFixed(step.images_per_second(), 1),
                         FormatClock(step.seconds_left()));
}

}  // namespace

std::string PlainEventText(const v1::JobEvent& event, v1::BestEpoch best_epoch, bool utf8) {
  switch (event.event_case()) {
    case v1::JobEvent::kStateChanged:
      return DescribeState(event.state_changed(), event.attempt());
    case v1::JobEvent::kTrainingStarted:
      return DescribeStart(event.training_started());
    case v1::JobEvent::kCacheProgress:
      return CacheText(event.cache_progress());
    case v1::JobEvent::kStepProgress:
      return StepText(event.step_progress());
    case v1::JobEvent::kEpochFinished:
      return EpochLine(event.epoch_finished());
    case v1::JobEvent::kWarning:
      return DescribeWarning(event.warning());
    case v1::JobEvent::kFinished:
      return DescribeFinish(event.finished(), best_epoch, utf8);
    default:
      return "";
  }
}

void PlainView::Start(const v1::Job& job) {
  best_epoch_ = job.spec().recipe().best_epoch();
  WriteOut(absl::StrCat(DescribeJob(job), "\n"));
}

bool PlainView::ProgressIsDue(const v1::JobEvent& event) {
  if (!event.has_cache_progress() && !event.has_step_progress()) return true;
  if (event.time().seconds() - last_progress_ < kProgressSeconds) return false;
  last_progress_ = event.time().seconds();
  return true;
}

void PlainView::Event(const v1::JobEvent& event) {
  if (!ProgressIsDue(event)) return;
  const std::string text = PlainEventText(event, best_epoch_, style_.utf8);
  if (!text.empty()) WriteOut(absl::StrCat(text, "\n"));
}

void PlainView::Notice(absl::string_view text) { Note(text); }

void JsonView::Event(const v1::JobEvent& event) { WriteOut(ToJsonLine(event)); }

void JsonView::Notice(absl::string_view text) { Note(text); }

}  // namespace fovea::client
