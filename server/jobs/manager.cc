#include "server/jobs/manager.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/jobs/transitions.h"

namespace fovea {
namespace {

// Before the name of a job's folder that is on its way out.
constexpr char kTrashPrefix[] = "trash-";
// Publishing a model takes hashing and fsync of its weights.
constexpr absl::Duration kEndWait = absl::Seconds(30);

// Removes the folders of deleted jobs that a crash left.
void EmptyTrash(const std::string& jobs_dir) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(jobs_dir, error)) {
    if (!absl::StartsWith(entry.path().filename().string(), kTrashPrefix)) continue;
    const absl::Status removed = RemoveAll(entry.path().string());
    if (!removed.ok()) {
      Log(LogLevel::kWarning, "a deleted job's folder stays",
          {{"error", std::string(removed.message())}});
    }
  }
}

// In time that does not depend on where they differ.
bool SameSecret(const std::string& a, const std::string& b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobManager>> JobManager::Open(const JobOptions& options,
                                                             Metrics* metrics) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(options.jobs_dir));
  EmptyTrash(options.jobs_dir);
  FOVEA_ASSIGN_OR_RETURN(std::unique_ptr<JobStore> store,
                         JobStore::Open(options.store_path, options.devices.front()));
  std::unique_ptr<JobManager> manager(new JobManager(options, std::move(store), metrics));
  FOVEA_RETURN_IF_ERROR(manager->supervisor_.TakeOver());
  return manager;
}

JobManager::JobManager(const JobOptions& options, std::unique_ptr<JobStore> store, Metrics* metrics)
    : options_(options),
      ledger_(std::move(store), metrics),
      supervisor_(options_, &ledger_, &links_) {}

void JobManager::Start() { supervisor_.Start(); }

void JobManager::Shutdown(absl::Duration timeout) { supervisor_.Drain(timeout); }

absl::Status JobManager::CheckDevice(const v1::TrainingSpec& spec) const {
  const std::vector<std::string>& known = options_.devices;
  if (spec.device() == "auto" ||
      std::find(known.begin(), known.end(), spec.device()) != known.end()) {
    return absl::OkStatus();
  }
  return FieldError("spec.device", absl::StrCat("this server has no such device, only auto, ",
                                                absl::StrJoin(known, ", ")));
}

absl::StatusOr<v1::Job> JobManager::Create(const v1::Job& wanted) {
  FOVEA_ASSIGN_OR_RETURN(auto made, ledger_.Create(wanted));
  if (made.second) supervisor_.Wake();
  return std::move(made.first);
}

absl::StatusOr<v1::Job> JobManager::FindByRequestId(const std::string& request_id) const {
  return ledger_.store().FindByRequestId(request_id);
}

absl::StatusOr<v1::Job> JobManager::Get(const std::string& id) const {
  return ledger_.store().Get(id);
}

absl::StatusOr<JobPage> JobManager::List(int64_t before, int limit,
                                         const std::vector<v1::JobState>& states) const {
  return ledger_.store().List(before, limit, states);
}

absl::StatusOr<std::map<v1::JobState, int64_t>> JobManager::CountByState() const {
  return ledger_.store().CountByState();
}

absl::StatusOr<v1::Job> JobManager::Cancel(const std::string& id) {
  FOVEA_ASSIGN_OR_RETURN(JobRow row, ledger_.Apply(id, RequestCancel));
  supervisor_.Wake();
  if (EndIsReported(row)) return AwaitEnd(id);
  return std::move(row.job);
}

absl::StatusOr<v1::Job> JobManager::AwaitEnd(const std::string& id) {
  absl::Mutex mutex;
  bool changed = true;
  const Subscription subscription = Subscribe(id, [&] {
    absl::MutexLock lock(&mutex);
    changed = true;
  });
  const absl::Time deadline = absl::Now() + kEndWait;
  while (true) {
    FOVEA_ASSIGN_OR_RETURN(JobRow row, ledger_.store().GetRow(id));
    if (!EndIsReported(row)) return std::move(row.job);
    absl::MutexLock lock(&mutex);
    if (!mutex.AwaitWithDeadline(absl::Condition(&changed), deadline)) return std::move(row.job);
    changed = false;
  }
}

absl::Status JobManager::Delete(const std::string& id) {
  FOVEA_ASSIGN_OR_RETURN(const v1::Job job, Get(id));
  const std::string dir = JoinPath(options_.jobs_dir, id);
  const std::string trash = JoinPath(options_.jobs_dir, kTrashPrefix + id);
  // A terminal state never changes, so the folder can go first: after a crash in between, the job
  // can still be deleted, and its folder is found by its name.
  if (IsTerminal(job.state())) {
    const absl::Status moved = RenameDurably(dir, trash);
    if (!moved.ok() && !absl::IsNotFound(moved)) return moved;
  }
  FOVEA_RETURN_IF_ERROR(ledger_.Delete(id));
  supervisor_.Wake();
  return RemoveAll(trash);
}

absl::StatusOr<std::vector<v1::JobEvent>> JobManager::ReadEvents(const std::string& id,
                                                                 int64_t from_sequence,
                                                                 int limit) const {
  return ledger_.store().ReadEvents(id, from_sequence, limit);
}

Subscription JobManager::Subscribe(const std::string& id, std::function<void()> callback) {
  return ledger_.subscriptions().Add(id, std::move(callback));
}

absl::StatusOr<int64_t> JobManager::Attach(const internal::v1::Hello& hello,
                                           std::shared_ptr<TrainerLink> link) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("hello.job", "jobs", hello.job()));
  const absl::StatusOr<AttemptRow> attempt = ledger_.store().GetAttempt(id, hello.attempt());
  if (!attempt.ok() && !absl::IsNotFound(attempt.status())) return attempt.status();
  if (!attempt.ok() || !SameSecret(attempt->lease, hello.lease())) {
    return absl::PermissionDeniedError("the lease is not one of an attempt of this job");
  }
  FOVEA_ASSIGN_OR_RETURN(const JobRow row, ledger_.store().GetRow(id));
  const bool runs = row.attempt.attempt == hello.attempt() && !IsTerminal(row.job.state()) &&
                    row.job.state() != v1::JOB_STATE_QUEUED;
  if (!runs && !attempt->has_outcome()) {
    return absl::PermissionDeniedError(absl::StrCat("attempt ", hello.attempt(), " is over"));
  }
  if (runs) links_.Attach(id, std::move(link));
  supervisor_.Wake();  // Commands may wait for the stream.
  return attempt->last_report;
}

void JobManager::Detach(const std::string& id, const TrainerLink* link) {
  links_.Detach(id, link);
  supervisor_.Wake();  // The end of a process may have waited for its last reports.
}

absl::Status JobManager::Report(const std::string& id, int32_t attempt,
                                const internal::v1::Report& report) {
  links_.Heard(id);
  if (report.sequence() == 0) return absl::OkStatus();
  FOVEA_RETURN_IF_ERROR(ledger_.Apply(id, [&](JobRow* row, JobEvents* events) {
    return ApplyReport(attempt, report, row, events);
  }).status());
  if (report.has_outcome()) supervisor_.Wake();
  return absl::OkStatus();
}

}  // namespace fovea
