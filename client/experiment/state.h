// What the server knows of an experiment, found again from its list of jobs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/experiment/plan.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/job.pb.h"

namespace fovea::client {

struct ExperimentRun {
  std::string label;
  std::string hash;        // SpecHash of the spec as it was asked for.
  v1::Job training;        // Without a name: not submitted.
  int attempt = 0;         // Of training; 0: none.
  v1::Job evaluation_job;  // Of what the training gave; without a name: not submitted.
  int evaluation_attempt = 0;
  v1::Evaluation evaluation;  // Without a name: there is none, or it was not asked for.
};

struct ExperimentState {
  std::string name;
  std::vector<ExperimentRun> runs;
};

inline bool IsSubmitted(const v1::Job& job) { return !job.name().empty(); }
inline bool HasEnded(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_SUCCEEDED || job.state() == v1::JOB_STATE_FAILED ||
         job.state() == v1::JOB_STATE_CANCELLED;
}
inline bool IsLost(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_FAILED || job.state() == v1::JOB_STATE_CANCELLED;
}

// All experiments among jobs, by name; `jobs` are newest first, as ListJobs gives them. Runs are in
// the order in which they were first made, each with its last attempt, and with the newest
// evaluation of the version that it gave. Where runs of different specs have one label, the hash is
// added to it.
std::map<std::string, ExperimentState> FindExperiments(const std::vector<v1::Job>& jobs);

// The runs of a plan in its order, with what there is of them.
ExperimentState StateOfPlan(const ExperimentPlan& plan, const std::vector<v1::Job>& jobs);

// What is asked for to evaluate the version that a run gave.
v1::EvaluationSpec EvaluationOf(const ExperimentPlan& plan, const ExperimentRun& run);

}  // namespace fovea::client
