#include "client/watch/live_view.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/display/bar.h"
#include "client/display/epoch_table.h"
#include "client/display/format.h"
#include "client/display/text.h"
#include "client/report.h"

namespace fovea::client {
namespace {

constexpr int kCurveHeight = 6;
constexpr int kMaxCurveWidth = 60;
constexpr int kMaxCurveEpochs = 1000;

// "label  ████░░░░  text".
std::string BarLine(absl::string_view label, double done, double total, const std::string& text,
                    int width, const Style& style) {
  const int bar = std::clamp(width - 70, 10, 40);
  return absl::StrCat(PadRight(label, 7), " ", RenderBar(total > 0 ? done / total : 0, bar, style),
                      "  ", text);
}

std::string CacheLine(const v1::CacheProgress& cache, int width, const Style& style) {
  std::string text = absl::StrCat(cache.done(), "/", cache.total());
  if (cache.bad() > 0) absl::StrAppend(&text, " (", cache.bad(), " bad)");
  const double rate = cache.images_per_second();
  absl::StrAppend(&text, "  ", FormatFixed(rate, 1), " images/s");
  if (rate > 0) {
    absl::StrAppend(&text, "  ",
                    FormatClock(static_cast<double>(cache.total() - cache.done()) / rate),
                    " left");
  }
  return BarLine("cache", static_cast<double>(cache.done()), static_cast<double>(cache.total()),
                 text, width, style);
}

std::string StepLine(const v1::StepProgress& step, int width, const Style& style) {
  const bool testing = step.test_total() > 0;
  const std::string left = absl::StrCat(FormatClock(step.seconds_left()), " left");
  if (step.precision_total() > 0) {
    return BarLine("precisions", step.precision_done(), step.precision_total(),
                   absl::StrCat(step.precision_done(), "/", step.precision_total(), "  ", left),
                   width, style);
  }
  if (testing) {
    return BarLine("testing", step.test_done(), step.test_total(),
                   absl::StrCat(step.test_done(), "/", step.test_total(), "  ", left), width,
                   style);
  }
  const std::string text = absl::StrFormat(
      "%d/%d  loss %s  acc %s  %s images/s  %s", step.step(), step.steps(),
      FormatFixed(step.loss(), 4), FormatFixed(step.accuracy(), 4),
      FormatFixed(step.images_per_second(), 1), left);
  return BarLine("steps", step.step(), step.steps(), text, width, style);
}

}  // namespace

void LiveState::TakeJob(const v1::Job& job) {
  state_ = job.state();
  attempt_ = job.attempt();
  queue_position_ = job.queue_position();
  best_epoch_ = job.spec().recipe().best_epoch();
  curve_.epochs = std::min(job.spec().recipe().epochs(), kMaxCurveEpochs);
}

std::string LiveState::TakeEpoch(const v1::EpochFinished& epoch) {
  cache_.Clear();
  curve_.baseline = epoch.majority_baseline();
  const size_t index = static_cast<size_t>(std::clamp(epoch.epoch(), 1, kMaxCurveEpochs));
  if (curve_.values.size() < index) {
    curve_.values.resize(index, std::numeric_limits<double>::quiet_NaN());
  }
  curve_.values[index - 1] = epoch.test().accuracy();
  curve_.epochs = std::min(epoch.epochs(), kMaxCurveEpochs);
  const bool validation = epoch.has_validation();
  const std::string header =
      header_ == validation ? "" : EpochTableHeader(style_, validation);
  header_ = validation;
  return absl::StrCat(header, EpochTableRow(epoch, style_));
}

std::string LiveState::Take(const v1::JobEvent& event) {
  attempt_ = std::max(attempt_, event.attempt());
  switch (event.event_case()) {
    case v1::JobEvent::kStateChanged: {
      const v1::StateChanged& change = event.state_changed();
      state_ = change.to();
      if (state_ != v1::JOB_STATE_QUEUED) queue_position_ = 0;
      if (change.reason().empty()) return "";
      return absl::StrCat(DescribeState(change, event.attempt()), "\n");
    }
    case v1::JobEvent::kTrainingStarted:
      cache_.Clear();
      curve_.baseline = event.training_started().majority_baseline();
      return absl::StrCat(DescribeStart(event.training_started()), "\n");
    case v1::JobEvent::kCacheProgress:
      cache_ = event.cache_progress();
      return "";
    case v1::JobEvent::kStepProgress:
      step_ = event.step_progress();
      return "";
    case v1::JobEvent::kEpochFinished:
      return TakeEpoch(event.epoch_finished());
    case v1::JobEvent::kWarning:
      return absl::StrCat(style_.Yellow(DescribeWarning(event.warning())), "\n");
    case v1::JobEvent::kFinished: {
      state_ = event.finished().state();
      return "";
    }
    default:
      return "";
  }
}

std::string LiveState::Finish(const v1::JobFinished& finished) const {
  const std::string text = DescribeFinish(finished, best_epoch_, style_.utf8);
  return finished.state() == v1::JOB_STATE_SUCCEEDED ? style_.Green(text) : style_.Red(text);
}

std::string LiveState::StateLine() const {
  std::string line = style_.Bold(StateName(state_));
  if (queue_position_ > 0) absl::StrAppend(&line, ", place ", queue_position_, " in the queue");
  if (attempt_ > 1) absl::StrAppend(&line, ", attempt ", attempt_);
  if (step_.epoch() > 0 && step_.steps() > 0) {  // Not of an evaluation.
    absl::StrAppend(&line, ", epoch ", step_.epoch(), "/", step_.epochs(), " (",
                    PhaseName(step_.phase()), ")");
  }
  return line;
}

std::vector<std::string> LiveState::Lines(int width) const {
  const bool ended = state_ == v1::JOB_STATE_SUCCEEDED || state_ == v1::JOB_STATE_FAILED ||
                     state_ == v1::JOB_STATE_CANCELLED;
  std::vector<std::string> lines;
  const int curve_width = std::clamp(width - 8, 1, kMaxCurveWidth);
  const std::vector<std::string> curve = RenderCurve(curve_, curve_width, kCurveHeight, style_);
  if (!curve.empty()) {
    lines.push_back("");
    lines.insert(lines.end(), curve.begin(), curve.end());
    lines.push_back(style_.Dim(absl::StrCat("       test accuracy by epoch; dotted: baseline ",
                                            FormatFixed(curve_.baseline, 4))));
  }
  if (ended) return lines;
  lines.push_back(StateLine());
  if (cache_.total() > 0) lines.push_back(CacheLine(cache_, width, style_));
  if (step_.steps() > 0 || step_.precision_total() > 0) lines.push_back(StepLine(step_, width, style_));
  lines.push_back(style_.Dim("Ctrl-C leaves; the job goes on"));
  return lines;
}

void LiveView::Start(const v1::Job& job) {
  state_.TakeJob(job);
  Draw(absl::StrCat(style_.Bold(DescribeJob(job)), "\n"));
}

void LiveView::Event(const v1::JobEvent& event) {
  const std::string permanent = state_.Take(event);
  Draw(permanent);
  if (!event.has_finished()) return;
  // The last region, with the curve alone, stays.
  region_ = LiveRegion();
  WriteOut(absl::StrCat(state_.Finish(event.finished()), "\n"));
}

void LiveView::Notice(absl::string_view text) {
  WriteOut(region_.Erase());
  Note(style_.Yellow(text));
  Draw("");
}

void LiveView::Stop() { WriteOut(region_.Erase()); }

void LiveView::Draw(absl::string_view permanent) {
  const int width = TerminalWidth();
  WriteOut(region_.Draw(permanent, state_.Lines(width), width));
}

}  // namespace fovea::client
