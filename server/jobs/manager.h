// Jobs, for the rpcs: made, read, cancelled, deleted, followed, and their trainers attached.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "server/jobs/ledger.h"
#include "server/jobs/links.h"
#include "server/jobs/options.h"
#include "server/jobs/store.h"
#include "server/jobs/subscriptions.h"
#include "server/jobs/supervisor.h"

namespace fovea {

// Thread-safe. Functions read and write the disk, so they are not for gRPC's reactions. Ids are
// those of `jobs/{id}`; an unknown one is NOT_FOUND. Destroying it leaves trainers running, as a
// crash would; the next manager over the same folders goes on with them.
class JobManager {
 public:
  // Opens the store and takes over trainers that still run; nothing else happens before Start.
  // `metrics` is not owned and outlives this.
  static absl::StatusOr<std::unique_ptr<JobManager>> Open(const JobOptions& options,
                                                          Metrics* metrics);

  // Begins with the queue. Once, when the server that trainers dial is listening.
  void Start();

  // Starts no more jobs and stops the trainers: at a checkpoint if they manage within `timeout`, by
  // signals after it. Their jobs are QUEUED then and go on by themselves at the next start.
  void Shutdown(absl::Duration timeout);

  // INVALID_ARGUMENT for a device that this server does not have.
  absl::Status CheckDevice(const v1::TrainingSpec& spec) const;

  // Puts a job in the queue, with the spec, evaluation and request_id of `wanted`. They have every
  // default filled in and were checked. A request_id that is in use gives the job that it made,
  // whatever else is wanted.
  absl::StatusOr<v1::Job> Create(const v1::Job& wanted);
  absl::StatusOr<v1::Job> FindByRequestId(const std::string& request_id) const;
  absl::StatusOr<v1::Job> Get(const std::string& id) const;
  // See JobStore::List.
  absl::StatusOr<JobPage> List(int64_t before, int limit,
                               const std::vector<v1::JobState>& states) const;
  absl::StatusOr<std::map<v1::JobState, int64_t>> CountByState() const;

  // Asks a job to stop; the job as it is then. One whose trainer has reported its end is waited for
  // (a moment) and returned as it ended.
  absl::StatusOr<v1::Job> Cancel(const std::string& id);

  // Removes a job that has ended, with its events and folder. FAILED_PRECONDITION for another.
  absl::Status Delete(const std::string& id);

  // See JobStore::ReadEvents and Subscriptions::Add.
  absl::StatusOr<std::vector<v1::JobEvent>> ReadEvents(const std::string& id, int64_t from_sequence,
                                                       int limit) const;
  Subscription Subscribe(const std::string& id, std::function<void()> callback);

  // A trainer dials. Checks the lease and makes `link` the attempt's stream; the number of the last
  // report that is stored. PERMISSION_DENIED for a wrong lease or an attempt that is over, except
  // that one whose outcome is stored may learn so.
  absl::StatusOr<int64_t> Attach(const internal::v1::Hello& hello,
                                 std::shared_ptr<TrainerLink> link);
  void Detach(const std::string& id, const TrainerLink* link);
  // Stores a report of an attached attempt; what it says is durable once OK is returned. See
  // ApplyReport.
  absl::Status Report(const std::string& id, int32_t attempt, const internal::v1::Report& report);

 private:
  JobManager(const JobOptions& options, std::unique_ptr<JobStore> store, Metrics* metrics);

  absl::StatusOr<v1::Job> AwaitEnd(const std::string& id);

  const JobOptions options_;
  Ledger ledger_;
  TrainerLinks links_;
  Supervisor supervisor_;  // Last: its thread uses the others.
};

}  // namespace fovea
