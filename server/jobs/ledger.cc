#include "server/jobs/ledger.h"

#include <vector>

#include "common/base/log.h"
#include "server/jobs/job_state.h"

namespace fovea {
namespace {

RunningJobMetrics ToMetrics(const v1::EpochFinished& epoch) {
  RunningJobMetrics metrics;
  metrics.epoch = epoch.epoch();
  metrics.phase = epoch.phase();
  metrics.learning_rate = epoch.learning_rate();
  metrics.train_loss = epoch.train().loss();
  metrics.train_accuracy = epoch.train().accuracy();
  metrics.test_loss = epoch.test().loss();
  metrics.test_accuracy = epoch.test().accuracy();
  metrics.test_kappa = epoch.test_kappa();
  if (epoch.has_validation()) {
    metrics.validation = ValidationMetrics{epoch.validation().loss(), epoch.validation().accuracy(),
                                           epoch.validation_kappa()};
  }
  metrics.images_per_second = epoch.images_per_second();
  return metrics;
}

}  // namespace

Ledger::Ledger(std::unique_ptr<JobStore> store, Metrics* metrics)
    : store_(std::move(store)), metrics_(metrics) {
  ShowCounts();
}

absl::StatusOr<std::pair<v1::Job, bool>> Ledger::Create(const v1::Job& wanted) {
  absl::StatusOr<std::pair<v1::Job, bool>> made = store_->Create(wanted);
  if (made.ok() && made->second) ShowCounts();
  return made;
}

absl::StatusOr<JobRow> Ledger::Apply(const std::string& id, const JobStore::Change& change) {
  bool state_changed = false;
  bool epoch_changed = false;
  bool told = false;
  absl::StatusOr<JobRow> row = store_->Mutate(id, [&](JobRow* changed,
                                                      std::vector<v1::JobEvent>* events) {
    const absl::Status status = change(changed, events);
    for (const v1::JobEvent& event : *events) {
      told = true;
      state_changed = state_changed || event.has_state_changed();
      epoch_changed = epoch_changed || event.has_epoch_finished();
    }
    return status;
  });
  if (!row.ok()) return row;
  if (epoch_changed) metrics_->RunningJob(ToMetrics(row->job.last_epoch()));
  if (state_changed) ShowCounts();
  if (told) subscriptions_.Notify(id);
  return row;
}

absl::Status Ledger::Delete(const std::string& id) {
  const absl::Status status = store_->Delete(id);
  if (!status.ok()) return status;
  ShowCounts();
  subscriptions_.Notify(id);
  return status;
}

void Ledger::ShowCounts() {
  absl::MutexLock lock(&counts_mutex_);
  absl::StatusOr<std::map<v1::JobState, int64_t>> counts = store_->CountByState();
  if (!counts.ok()) {
    Log(LogLevel::kWarning, "jobs could not be counted",
        {{"error", std::string(counts.status().message())}});
    return;
  }
  std::vector<JobStateCount> shown;
  for (int state = v1::JOB_STATE_QUEUED; state <= v1::JOB_STATE_CANCELLED; ++state) {
    const auto known = static_cast<v1::JobState>(state);
    shown.push_back({std::string(StateName(known)), (*counts)[known]});
  }
  metrics_->JobsByState(shown);
  if ((*counts)[v1::JOB_STATE_RUNNING] + (*counts)[v1::JOB_STATE_CANCELLING] == 0) {
    metrics_->NoRunningJob();
  }
}

}  // namespace fovea
