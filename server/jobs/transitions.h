// What happens to a job, as pure functions over its row: they change the row and append the events
// that tell of it, for JobStore::Mutate to write in one transaction. On an error the row must be
// thrown away. None of them touches disk or processes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "server/jobs/job_state.h"
#include "server/jobs/store.h"

namespace fovea {

using JobEvents = std::vector<v1::JobEvent>;

google::protobuf::Timestamp ToTimestamp(absl::Time time);

// A QUEUED job with the spec, evaluation and request_id of `wanted`.
JobRow NewJob(const std::string& name, const v1::Job& wanted, JobEvents* events);

// QUEUED -> RUNNING with a new attempt that holds `lease`.
absl::Status BeginAttempt(const std::string& lease, JobRow* row, JobEvents* events);

// Stores one report of attempt `attempt`: an event, or its outcome. A sequence number that was
// stored before changes nothing. FAILED_PRECONDITION when the attempt is over; INVALID_ARGUMENT for
// an event that is not a trainer's to send.
absl::Status ApplyReport(int32_t attempt, const internal::v1::Report& report, JobRow* row,
                         JobEvents* events);

// QUEUED -> CANCELLED, RUNNING -> CANCELLING; nothing for a job that is being cancelled, has ended,
// or whose attempt has already reported success or failure.
absl::Status RequestCancel(JobRow* row, JobEvents* events);

// Whether the attempt has reported how the job ends, and only the writing of that is left.
bool EndIsReported(const JobRow& row);

absl::Status Succeed(const v1::JobResult& result, JobRow* row, JobEvents* events);
absl::Status Fail(absl::string_view error, JobRow* row, JobEvents* events);
absl::Status Cancelled(JobRow* row, JobEvents* events);

// The attempt ended without an outcome for the job's own reasons (drained, server stopped): RUNNING
// -> QUEUED at the front. CANCELLING -> CANCELLED.
absl::Status Requeue(absl::string_view reason, JobRow* row, JobEvents* events);

// The attempt's trainer is gone without an outcome. RUNNING -> QUEUED at the front, or FAILED after
// spec.max_attempts of these; `log_tail` then goes into the error. CANCELLING -> CANCELLED.
absl::Status Lose(absl::string_view reason, absl::string_view log_tail, JobRow* row,
                  JobEvents* events);

}  // namespace fovea
