// An experiment as its TOML file describes it: which trainings, and how their versions are
// evaluated. docs/experiments.md describes the file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/training.pb.h"

namespace fovea::client {

struct PlannedRun {
  std::string label;      // Unique in the plan: "resnet18, pretrained, weighted, seed 1".
  v1::TrainingSpec spec;  // What the file sets; the server's defaults are not in it.
  std::string hash;       // SpecHash of it.
};

struct ExperimentPlan {
  std::string name;         // An id, 40 characters at most.
  std::string description;  // For people; may be empty.
  // Grid of the axes in the file's order, the last one fastest, then the runs of their own; each
  // with every seed.
  std::vector<PlannedRun> runs;
  bool evaluate = true;
  // Of every version; without model and data set, which are the run's.
  v1::EvaluationSpec evaluation;
};

// What the command line changes.
struct PlanOverrides {
  std::string name;  // Instead of the file's; empty: the file's.
  // "recipe.epochs=2": as in [base], but over everything else in the file;
  // "evaluation.resamples=200" and "seeds=[0]" are of those parts. The value is TOML, or else text.
  std::vector<std::string> set;
  // Only the runs whose label has one of these texts in it; none: all.
  std::vector<std::string> only;
};

// Parses the text of `file` (a name for messages). INVALID_ARGUMENT, with the line where there is
// one, for what is wrong in it, for two runs that are the same, and for more than 1000 runs.
absl::StatusOr<ExperimentPlan> ParsePlan(absl::string_view text, absl::string_view file,
                                         const PlanOverrides& overrides);

// The same for the content of a file.
absl::StatusOr<ExperimentPlan> LoadPlan(const std::string& file, const PlanOverrides& overrides);

}  // namespace fovea::client
