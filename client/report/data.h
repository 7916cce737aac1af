// What a report is made of, fetched from the server.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/experiment/state.h"
#include "fovea/v1/dataset_service.pb.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/job.pb.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

struct ReportRun {
  std::string label;
  v1::Job job;
  v1::TrainingStarted started;               // Of the last attempt; empty before the first.
  std::vector<v1::EpochFinished> epochs;     // In their order, each once.
  int64_t bad_images = 0;                    // Named in warnings.
  std::optional<v1::ModelVersion> version;   // None before the end, or if it was deleted.
  std::optional<v1::Evaluation> evaluation;  // Of the version; none if there is none.
  // Of this run's evaluation, as the first, with that of the run of the first arm that has the same
  // seed; `against` is its label. None for runs of the first arm.
  std::optional<v1::EvaluationComparison> comparison;
  std::string against;
};

struct ReportData {
  std::string title;
  std::string server;
  std::vector<ReportRun> runs;
  std::map<std::string, v1::Dataset> datasets;  // By name; those that were deleted are missing.
};

// Puts an event into a run; events come in their order.
void TakeEvent(const v1::JobEvent& event, ReportRun* run);

// A run with its events, version, and evaluation where the job itself has none: the version's
// newest one. A job under way gives what there is of it.
absl::StatusOr<ReportRun> FetchRun(Connection* connection, const std::string& label,
                                   const v1::Job& job);

// The runs of an experiment that were submitted, with the evaluations in `state` and how they
// compare with the first arm.
absl::StatusOr<ReportData> FetchReport(Connection* connection, const ExperimentState& state);

// One job.
absl::StatusOr<ReportData> FetchReport(Connection* connection, const std::string& job_name);

// The newest evaluation of a version, nothing when there is none.
absl::StatusOr<std::optional<v1::Evaluation>> NewestEvaluation(Connection* connection,
                                                               const std::string& version);

// Whether some patients are in both parts of the data set that a run was tested on.
bool PartsSharePatients(const ReportData& data, const ReportRun& run);

// The epoch whose weights were kept; nullptr without one.
const v1::EpochFinished* KeptEpoch(const ReportRun& run);

// The epoch of highest test accuracy, the first of equals; nullptr without one.
const v1::EpochFinished* HighestEpoch(const ReportRun& run);

}  // namespace fovea::client
