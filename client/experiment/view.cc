#include "client/experiment/view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/display/epoch_table.h"
#include "client/display/format.h"
#include "client/display/text.h"
#include "client/experiment/summary.h"
#include "client/report.h"
#include "client/watch/view.h"

namespace fovea::client {
namespace {

// Runs that are worth a line when there is no room for all: those under way, then the next.
int RankOf(const ExperimentRun& run) {
  const bool evaluating = IsSubmitted(run.evaluation_job) && !HasEnded(run.evaluation_job);
  switch (run.training.state()) {
    case v1::JOB_STATE_RUNNING:
    case v1::JOB_STATE_CANCELLING:
      return 0;
    case v1::JOB_STATE_SUCCEEDED:
      return evaluating ? 1 : 4;
    case v1::JOB_STATE_FAILED:
    case v1::JOB_STATE_CANCELLED:
      return 2;
    default:
      return 3;
  }
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

std::vector<std::string> LiveLines(const ExperimentState& state, int height, const Style& style) {
  constexpr int kOther = 3;  // Header, counts, advice.
  const size_t room = static_cast<size_t>(std::max(height - kOther - 1, 3));
  ExperimentState shown = state;
  if (shown.runs.size() > room) {
    std::stable_sort(shown.runs.begin(), shown.runs.end(),
                     [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
    shown.runs.resize(room - 1);
  }
  std::vector<std::string> lines = LinesOf(RenderProgress(shown, style));
  const size_t hidden = state.runs.size() - shown.runs.size();
  if (hidden > 0) lines.push_back(style.Dim(absl::StrCat("... and ", hidden, " more")));
  lines.push_back(DescribeCounts(state));
  lines.push_back(style.Dim("Ctrl-C leaves; the jobs go on"));
  return lines;
}

std::string RunLine(const ExperimentRun& run) {
  const v1::Job& job = run.training;
  if (!IsSubmitted(job)) return "not submitted";
  if (IsSubmitted(run.evaluation_job)) {
    std::string text = absl::StrCat("evaluation ", StateName(run.evaluation_job.state()));
    if (!run.evaluation_job.error().empty()) {
      absl::StrAppend(&text, ": ", run.evaluation_job.error());
    }
    return text;
  }
  if (HasEnded(job)) {
    v1::JobFinished finished;
    finished.set_state(job.state());
    finished.set_error(job.error());
    *finished.mutable_result() = job.result();
    return DescribeFinish(finished, job.spec().recipe().best_epoch(), false);
  }
  if (!job.has_last_epoch()) return absl::StrCat(StateName(job.state()), " ", job.name());
  return EpochLine(job.last_epoch());
}

void ExperimentView::Show(const ExperimentState& state) {
  if (live_) {
    Draw(state);
  } else {
    PrintChanges(state);
  }
}

void ExperimentView::Draw(const ExperimentState& state) {
  WriteOut(region_.Draw("", LiveLines(state, TerminalHeight(), terminal_.out), TerminalWidth()));
}

void ExperimentView::PrintChanges(const ExperimentState& state) {
  for (const ExperimentRun& run : state.runs) {
    const std::string line = RunLine(run);
    std::string& last = printed_[run.label];
    if (line == last) continue;
    last = line;
    const std::string text = absl::StrCat(Printable(run.label), ": ", Printable(line), "\n");
    quiet_ ? WriteErr(text) : WriteOut(text);
  }
}

void ExperimentView::Notice(absl::string_view text) {
  WriteOut(region_.Erase());
  Note(text);
}

void ExperimentView::Stop() { WriteOut(region_.Erase()); }

}  // namespace fovea::client
