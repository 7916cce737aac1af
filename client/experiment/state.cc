#include "client/experiment/state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/experiment/request_ids.h"

namespace fovea::client {
namespace {

// By hash of the spec, and by the order of making.
class RunsByHash {
 public:
  ExperimentRun& Get(const std::string& hash) {
    const auto [it, is_new] = index_.emplace(hash, runs_.size());
    if (is_new) {
      runs_.emplace_back();
      runs_.back().hash = hash;
    }
    return runs_[it->second];
  }
  std::vector<ExperimentRun>& runs() { return runs_; }

 private:
  std::map<std::string, size_t> index_;
  std::vector<ExperimentRun> runs_;
};

void TakeTraining(const ExperimentJobId& id, const v1::Job& job, ExperimentRun* run) {
  if (id.attempt < run->attempt) return;
  run->attempt = id.attempt;
  run->training = job;
  run->label = id.label;
}

// Later calls have newer jobs.
void TakeEvaluation(const ExperimentJobId& id, const v1::Job& job, ExperimentRun* run) {
  if (job.evaluation().model() != run->training.result().model_version()) return;
  run->evaluation_attempt = id.attempt;
  run->evaluation_job = job;
}

void MakeLabelsDiffer(std::vector<ExperimentRun>* runs) {
  std::map<std::string, int> times;
  for (const ExperimentRun& run : *runs) ++times[run.label];
  for (ExperimentRun& run : *runs) {
    if (times[run.label] > 1) absl::StrAppend(&run.label, " (", run.hash.substr(0, 6), ")");
  }
}

}  // namespace

std::map<std::string, ExperimentState> FindExperiments(const std::vector<v1::Job>& jobs) {
  std::map<std::string, RunsByHash> found;
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    const auto id = ParseRequestId(job->request_id());
    if (!id || !id->evaluation.empty()) continue;
    TakeTraining(*id, *job, &found[id->experiment].Get(id->run));
  }
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    const auto id = ParseRequestId(job->request_id());
    if (!id || id->evaluation.empty()) continue;
    TakeEvaluation(*id, *job, &found[id->experiment].Get(id->run));
  }
  std::map<std::string, ExperimentState> experiments;
  for (auto& [name, by_hash] : found) {
    std::vector<ExperimentRun>& runs = by_hash.runs();
    // An evaluation whose training was deleted is of no run.
    runs.erase(std::remove_if(runs.begin(), runs.end(),
                              [](const ExperimentRun& run) { return run.attempt == 0; }),
               runs.end());
    MakeLabelsDiffer(&runs);
    if (!runs.empty()) experiments[name] = {name, std::move(runs)};
  }
  return experiments;
}

ExperimentState StateOfPlan(const ExperimentPlan& plan, const std::vector<v1::Job>& jobs) {
  std::map<std::string, ExperimentState> experiments = FindExperiments(jobs);
  std::map<std::string, ExperimentRun> by_hash;
  for (ExperimentRun& run : experiments[plan.name].runs) by_hash[run.hash] = std::move(run);
  ExperimentState state = {plan.name, {}};
  for (const PlannedRun& planned : plan.runs) {
    ExperimentRun run = by_hash[planned.hash];
    run.label = planned.label;
    run.hash = planned.hash;
    // One that was asked for otherwise is none.
    const auto id = ParseRequestId(run.evaluation_job.request_id());
    if (id && id->evaluation != SpecHash(EvaluationOf(plan, run))) {
      run.evaluation_job.Clear();
      run.evaluation_attempt = 0;
    }
    state.runs.push_back(std::move(run));
  }
  return state;
}

v1::EvaluationSpec EvaluationOf(const ExperimentPlan& plan, const ExperimentRun& run) {
  v1::EvaluationSpec spec = plan.evaluation;
  spec.set_model(run.training.result().model_version());
  spec.set_dataset(run.training.spec().dataset());
  return spec;
}

}  // namespace fovea::client
