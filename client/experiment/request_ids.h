// The request ids of an experiment's jobs. They are all that ties jobs to an experiment: the server
// keeps them with the jobs, so that any machine can go on with an experiment or report on it, and
// making a job twice is not possible. There is no file with the state of an experiment.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/training.pb.h"

namespace fovea::client {

inline constexpr size_t kMaxExperimentName = 40;

// `experiment/{name}/{run}/{attempt}/{label}` for training and
// `experiment-evaluation/{name}/{run}/{attempt}/{evaluation}` for an evaluation of what it gave;
// 128 bytes at most. The label is cut where it is longer.
struct ExperimentJobId {
  std::string experiment;  // An id of 40 characters at most.
  std::string run;         // SpecHash of what is trained.
  int attempt = 1;         // 2 and more: tries after one that failed or was cancelled.
  std::string label;       // Of a training job.
  std::string evaluation;  // Of an evaluation: SpecHash of what is evaluated; otherwise empty.
};

std::string ToRequestId(const ExperimentJobId& id);

// Nothing for the request id of any other job.
std::optional<ExperimentJobId> ParseRequestId(absl::string_view request_id);

// 16 hex digits of the SHA-256 over the fields that are set. The same for the same spec on every
// machine and in every later version.
std::string SpecHash(const v1::TrainingSpec& spec);
std::string SpecHash(const v1::EvaluationSpec& spec);

}  // namespace fovea::client
