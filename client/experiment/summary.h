// An experiment as text and as JSON.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/display/terminal.h"
#include "client/experiment/plan.h"
#include "client/experiment/state.h"

namespace fovea::client {

// The runs of a plan and what is set in each, for --dry-run.
std::string RenderPlan(const ExperimentPlan& plan, const Style& style);

// A line an experiment.
std::string RenderExperiments(const std::map<std::string, ExperimentState>& experiments,
                              const Style& style);

// A line a run, as it stands: state, epoch, accuracy, kappa, time left.
std::string RenderProgress(const ExperimentState& state, const Style& style);

// A line a run, with what came out: accuracy beside its baseline, kappa with its interval.
std::string RenderResults(const ExperimentState& state, const Style& style);

// "3 of 8 trained, 1 running, 4 queued; 2 evaluated".
std::string DescribeCounts(const ExperimentState& state);

// The state with every job and evaluation in full.
std::string ExperimentJson(const ExperimentState& state);
std::string ExperimentsJson(const std::map<std::string, ExperimentState>& experiments);

}  // namespace fovea::client
