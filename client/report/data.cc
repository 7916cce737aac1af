#include "client/report/data.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/report/arms.h"
#include "common/base/grpc_status.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Evaluations = v1::EvaluationService::StubInterface;

// Reads up to the last event that there is now; a job under way would send for long.
absl::Status FetchEvents(Connection* connection, ReportRun* run) {
  if (run->job.last_sequence() == 0) return absl::OkStatus();
  grpc::ClientContext context;
  connection->PrepareTransfer(&context);
  v1::WatchJobRequest request;
  request.set_name(run->job.name());
  const auto reader = connection->training()->WatchJob(&context, request);
  v1::JobEvent event;
  bool complete = false;
  while (!complete && reader->Read(&event)) {
    TakeEvent(event, run);
    complete = event.sequence() >= run->job.last_sequence();
  }
  if (complete) {
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return Annotate(FromGrpcStatus(reader->Finish()), run->job.name());
}

absl::Status FetchVersion(Connection* connection, ReportRun* run) {
  v1::GetModelVersionRequest request;
  request.set_name(run->job.result().model_version());
  if (request.name().empty()) return absl::OkStatus();
  auto version = Call(*connection, connection->models(),
                      &v1::ModelService::StubInterface::GetModelVersion, request);
  if (absl::IsNotFound(version.status())) return absl::OkStatus();
  FOVEA_RETURN_IF_ERROR(version.status());
  run->version = *std::move(version);
  return absl::OkStatus();
}

absl::Status FetchDatasets(Connection* connection, ReportData* data) {
  for (const ReportRun& run : data->runs) {
    const std::string& name = run.job.spec().dataset();
    if (data->datasets.count(name) > 0) continue;
    v1::GetDatasetRequest request;
    request.set_name(name);
    auto dataset = Call(*connection, connection->datasets(),
                        &v1::DatasetService::StubInterface::GetDataset, request);
    if (absl::IsNotFound(dataset.status())) continue;
    FOVEA_RETURN_IF_ERROR(dataset.status());
    data->datasets[name] = *std::move(dataset);
  }
  return absl::OkStatus();
}

// The run of `arm` with the same seed, or else its first; nullptr where that was not evaluated.
const ReportRun* PartnerIn(const Arm& arm, const ReportRun& run) {
  const ReportRun* partner = arm.runs[0];
  for (const ReportRun* one : arm.runs) {
    if (one->job.spec().seed() == run.job.spec().seed()) partner = one;
  }
  return partner->evaluation ? partner : nullptr;
}

// Every evaluated run against the first arm, on the same photographs.
absl::Status FetchComparisons(Connection* connection, ReportData* data) {
  const std::vector<Arm> arms = ArmsOf(*data);
  for (ReportRun& run : data->runs) {
    const auto& first = arms[0].runs;
    const bool of_first = std::find(first.begin(), first.end(), &run) != first.end();
    if (of_first || !run.evaluation) continue;
    const ReportRun* partner = PartnerIn(arms[0], run);
    if (partner == nullptr) continue;
    v1::CompareEvaluationsRequest request;
    request.set_first(run.evaluation->name());
    request.set_second(partner->evaluation->name());
    auto comparison =
        Call(*connection, connection->evaluations(), &Evaluations::CompareEvaluations, request);
    // Of other photographs or classes.
    if (absl::IsFailedPrecondition(comparison.status())) continue;
    FOVEA_RETURN_IF_ERROR(comparison.status());
    run.comparison = *std::move(comparison);
    run.against = partner->label;
  }
  return absl::OkStatus();
}

}  // namespace

void TakeEvent(const v1::JobEvent& event, ReportRun* run) {
  if (event.has_training_started()) run->started = event.training_started();
  run->bad_images += event.warning().bad_images_size();
  if (!event.has_epoch_finished()) return;
  // An attempt that went on from a checkpoint may end an epoch again.
  const v1::EpochFinished& epoch = event.epoch_finished();
  std::erase_if(run->epochs, [&](const auto& known) { return known.epoch() >= epoch.epoch(); });
  run->epochs.push_back(epoch);
}

absl::StatusOr<std::optional<v1::Evaluation>> NewestEvaluation(Connection* connection,
                                                               const std::string& version) {
  v1::ListEvaluationsRequest request;
  request.set_model(version);
  FOVEA_ASSIGN_OR_RETURN(
      const v1::ListEvaluationsResponse response,
      CallPages(*connection, connection->evaluations(), &Evaluations::ListEvaluations, request,
                [](v1::ListEvaluationsResponse* page) { return page->mutable_evaluations(); }));
  const auto newest =
      std::max_element(response.evaluations().begin(), response.evaluations().end(),
                       [](const auto& a, const auto& b) {
                         return std::pair(a.create_time().seconds(), a.create_time().nanos()) <
                                std::pair(b.create_time().seconds(), b.create_time().nanos());
                       });
  if (newest == response.evaluations().end()) return std::nullopt;
  v1::GetEvaluationRequest get;  // The list is without curves.
  get.set_name(newest->name());
  FOVEA_ASSIGN_OR_RETURN(v1::Evaluation evaluation, Call(*connection, connection->evaluations(),
                                                         &Evaluations::GetEvaluation, get));
  return evaluation;
}

absl::StatusOr<ReportRun> FetchRun(Connection* connection, const std::string& label,
                                   const v1::Job& job) {
  ReportRun run;
  run.label = label;
  run.job = job;
  FOVEA_RETURN_IF_ERROR(FetchEvents(connection, &run));
  FOVEA_RETURN_IF_ERROR(FetchVersion(connection, &run));
  return run;
}

absl::StatusOr<ReportData> FetchReport(Connection* connection, const ExperimentState& state) {
  ReportData data;
  data.title = absl::StrCat("Experiment ", state.name);
  for (const ExperimentRun& one : state.runs) {
    if (!IsSubmitted(one.training)) continue;
    FOVEA_ASSIGN_OR_RETURN(ReportRun run, FetchRun(connection, one.label, one.training));
    if (!one.evaluation.name().empty()) run.evaluation = one.evaluation;
    data.runs.push_back(std::move(run));
  }
  if (data.runs.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("experiment ", state.name, " has no job yet: fovea experiment run"));
  }
  FOVEA_RETURN_IF_ERROR(FetchComparisons(connection, &data));
  FOVEA_RETURN_IF_ERROR(FetchDatasets(connection, &data));
  return data;
}

absl::StatusOr<ReportData> FetchReport(Connection* connection, const std::string& job_name) {
  v1::GetJobRequest request;
  request.set_name(job_name);
  FOVEA_ASSIGN_OR_RETURN(const v1::Job job,
                         Call(*connection, connection->training(),
                              &v1::TrainingService::StubInterface::GetJob, request));
  if (job.has_evaluation()) {
    return absl::FailedPreconditionError(
        absl::StrCat(job_name,
                     " is an evaluation: its figures are in `fovea evaluation get`, and a "
                     "report is made of the training job of its version"));
  }
  ReportData data;
  data.title = absl::StrCat("Training ", job_name);
  FOVEA_ASSIGN_OR_RETURN(ReportRun run, FetchRun(connection, job_name, job));
  if (run.version) {
    FOVEA_ASSIGN_OR_RETURN(run.evaluation, NewestEvaluation(connection, run.version->name()));
  }
  data.runs.push_back(std::move(run));
  FOVEA_RETURN_IF_ERROR(FetchDatasets(connection, &data));
  return data;
}

bool PartsSharePatients(const ReportData& data, const ReportRun& run) {
  const auto dataset = data.datasets.find(run.job.spec().dataset());
  return run.started.parts_share_patients() ||
         (run.evaluation && run.evaluation->parts_share_patients()) ||
         (run.version && run.version->parts_share_patients()) ||
         (dataset != data.datasets.end() && dataset->second.shared_patients() > 0);
}

const v1::EpochFinished* KeptEpoch(const ReportRun& run) {
  for (auto epoch = run.epochs.rbegin(); epoch != run.epochs.rend(); ++epoch) {
    if (epoch->best()) return &*epoch;
  }
  return nullptr;
}

const v1::EpochFinished* HighestEpoch(const ReportRun& run) {
  const auto highest = std::max_element(
      run.epochs.begin(), run.epochs.end(),
      [](const auto& a, const auto& b) { return a.test().accuracy() < b.test().accuracy(); });
  return highest == run.epochs.end() ? nullptr : &*highest;
}

}  // namespace fovea::client
