#include "client/experiment/summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/evaluation/metrics.h"
#include "client/experiment/fields.h"
#include "client/report.h"
#include "client/watch/view.h"

namespace fovea::client {
namespace {

std::string StateOf(const ExperimentRun& run) {
  if (!IsSubmitted(run.training)) return "not submitted";
  if (run.training.state() == v1::JOB_STATE_QUEUED) {
    return absl::StrCat("queued (", run.training.queue_position(), ")");
  }
  if (run.training.state() != v1::JOB_STATE_SUCCEEDED || !IsSubmitted(run.evaluation_job)) {
    return StateName(run.training.state());
  }
  if (run.evaluation_job.state() == v1::JOB_STATE_SUCCEEDED) return "evaluated";
  return absl::StrCat("evaluation ", StateName(run.evaluation_job.state()));
}

std::string EpochsOf(const v1::Job& job) {
  const int now = std::max(job.last_epoch().epoch(), job.step_progress().epoch());
  return absl::StrCat(job.state() == v1::JOB_STATE_RUNNING ? now : job.last_epoch().epoch(), "/",
                      job.spec().recipe().epochs());
}

// Training has the running mean until the first epoch ends.
std::vector<std::string> AccuraciesOf(const v1::Job& job) {
  if (!job.has_last_epoch()) {
    const bool begun = job.has_step_progress() && job.step_progress().step() > 0;
    return {begun ? FormatFixed(job.step_progress().accuracy(), 3) : "-", "-", "-"};
  }
  const v1::EpochFinished& epoch = job.last_epoch();
  return {FormatFixed(epoch.train().accuracy(), 3), FormatFixed(epoch.test().accuracy(), 3),
          FormatFixed(epoch.test_kappa(), 3)};
}

std::string LeftOf(const v1::Job& job) {
  if (job.state() != v1::JOB_STATE_RUNNING) return "-";
  if (job.has_step_progress()) return FormatClock(job.step_progress().seconds_left());
  return job.has_cache_progress() ? "preparing" : "-";
}

std::string ValueWithInterval(const v1::Metric* metric) {
  if (metric == nullptr) return "-";
  return absl::StrCat(FormatFixed(metric->value(), 3), " (", FormatFixed(metric->low(), 3), " to ",
                      FormatFixed(metric->high(), 3), ")");
}

nlohmann::ordered_json JsonOf(const google::protobuf::Message& message, bool is_there) {
  return is_there ? nlohmann::ordered_json::parse(ToJsonLine(message)) : nlohmann::ordered_json();
}

nlohmann::ordered_json JsonOf(const ExperimentState& state) {
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (const ExperimentRun& run : state.runs) {
    runs.push_back({{"label", run.label},
                    {"hash", run.hash},
                    {"attempt", run.attempt},
                    {"training", JsonOf(run.training, IsSubmitted(run.training))},
                    {"evaluation_job", JsonOf(run.evaluation_job, IsSubmitted(run.evaluation_job))},
                    {"evaluation", JsonOf(run.evaluation, !run.evaluation.name().empty())}});
  }
  return {{"name", state.name}, {"runs", std::move(runs)}};
}

}  // namespace

std::string RenderPlan(const ExperimentPlan& plan, const Style& style) {
  Table table({">", "RUN", "SETS"});
  for (size_t i = 0; i < plan.runs.size(); ++i) {
    std::vector<std::string> texts;
    for (const auto& [name, value] : FieldsOf(plan.runs[i].spec)) {
      texts.push_back(absl::StrCat(name, "=", value));
    }
    table.AddRow({absl::StrCat(i + 1), plan.runs[i].label, absl::StrJoin(texts, " ")});
  }
  return absl::StrCat(table.Render(style),
                      Plural(static_cast<int64_t>(plan.runs.size()), "run", "runs"),
                      plan.evaluate ? ", each evaluated" : "", "\n");
}

std::string RenderExperiments(const std::map<std::string, ExperimentState>& experiments,
                              const Style& style) {
  Table table({"NAME", ">RUNS", "STATE", "CREATED"});
  for (const auto& [name, state] : experiments) {
    table.AddRow({name, absl::StrCat(state.runs.size()), DescribeCounts(state),
                  FormatTime(state.runs[0].training.create_time())});
  }
  return table.Render(style);
}

std::string RenderProgress(const ExperimentState& state, const Style& style) {
  Table table({"RUN", "STATE", ">EPOCH", ">TRAIN", ">TEST", ">KAPPA", ">LEFT"});
  for (const ExperimentRun& run : state.runs) {
    const std::vector<std::string> figures = AccuraciesOf(run.training);
    table.AddRow({run.label, StateOf(run), EpochsOf(run.training), figures[0], figures[1],
                  figures[2], LeftOf(run.training)});
  }
  return table.Render(style);
}

std::string RenderResults(const ExperimentState& state, const Style& style) {
  Table table(
      {"RUN", "STATE", ">BEST EPOCH", ">ACCURACY", ">BASELINE", ">KAPPA (95 % INTERVAL)", "MODEL"});
  for (const ExperimentRun& run : state.runs) {
    const v1::JobResult& result = run.training.result();
    const bool done = run.training.has_result();
    const v1::Metric* kappa = FindMetric(run.evaluation.report(), "quadratic_weighted_kappa");
    const v1::Metric* accuracy = FindMetric(run.evaluation.report(), "accuracy");
    table.AddRow({run.label, StateOf(run), done ? absl::StrCat(result.best_epoch()) : "-",
                  accuracy != nullptr ? FormatFixed(accuracy->value(), 3)
                  : done              ? FormatFixed(result.best_test_accuracy(), 3)
                                      : "-",
                  done ? FormatFixed(result.majority_baseline(), 3) : "-",
                  kappa == nullptr && done ? FormatFixed(result.best_test_kappa(), 3)
                                           : ValueWithInterval(kappa),
                  result.model_version()});
  }
  std::string text = table.Render(style);
  for (const ExperimentRun& run : state.runs) {
    if (!run.evaluation.parts_share_patients()) continue;
    absl::StrAppend(&text, style.Yellow("warning: some patients are in both parts of "),
                    run.evaluation.spec().dataset(), ", so figures of the test part flatter\n");
    break;
  }
  return text;
}

std::string DescribeCounts(const ExperimentState& state) {
  std::map<v1::JobState, int> counts;
  int missing = 0, evaluated = 0;
  for (const ExperimentRun& run : state.runs) {
    missing += IsSubmitted(run.training) ? 0 : 1;
    if (IsSubmitted(run.training)) ++counts[run.training.state()];
    evaluated += run.evaluation_job.state() == v1::JOB_STATE_SUCCEEDED ? 1 : 0;
  }
  std::string text = absl::StrCat(counts[v1::JOB_STATE_SUCCEEDED], " of ", state.runs.size(),
                                  " trained, ", evaluated, " evaluated");
  for (const v1::JobState other :
       {v1::JOB_STATE_RUNNING, v1::JOB_STATE_QUEUED, v1::JOB_STATE_CANCELLING, v1::JOB_STATE_FAILED,
        v1::JOB_STATE_CANCELLED}) {
    if (counts[other] > 0) absl::StrAppend(&text, ", ", counts[other], " ", StateName(other));
  }
  if (missing > 0) absl::StrAppend(&text, ", ", missing, " not submitted");
  return text;
}

std::string ExperimentJson(const ExperimentState& state) { return JsonOf(state).dump(2) + "\n"; }

std::string ExperimentsJson(const std::map<std::string, ExperimentState>& experiments) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [name, state] : experiments) list.push_back(JsonOf(state));
  return nlohmann::ordered_json({{"experiments", list}}).dump(2) + "\n";
}

}  // namespace fovea::client
