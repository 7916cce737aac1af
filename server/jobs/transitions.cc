#include "server/jobs/transitions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr int kMaxBadImages = 100;  // Of a Warning, as its proto says.

// Moves the job and tells it; a terminal state also gets its end time and its last event.
absl::Status MoveTo(v1::JobState to, absl::string_view reason, JobRow* row, JobEvents* events) {
  v1::Job& job = row->job;
  FOVEA_RETURN_IF_ERROR(CheckTransition(job.state(), to));
  v1::JobEvent& event = events->emplace_back();
  event.set_attempt(job.attempt());
  event.mutable_state_changed()->set_from(job.state());
  event.mutable_state_changed()->set_to(to);
  event.mutable_state_changed()->set_reason(std::string(reason));
  job.set_state(to);
  if (!IsTerminal(to)) return absl::OkStatus();

  *job.mutable_end_time() = ToTimestamp(absl::Now());
  v1::JobEvent& last = events->emplace_back();
  last.set_attempt(job.attempt());
  last.mutable_finished()->set_state(to);
  last.mutable_finished()->set_error(job.error());
  if (job.has_result()) *last.mutable_finished()->mutable_result() = job.result();
  return absl::OkStatus();
}

absl::Status ApplyEvent(const v1::JobEvent& reported, JobRow* row, JobEvents* events) {
  v1::JobEvent& event = events->emplace_back(reported);
  event.clear_time();
  event.set_attempt(row->attempt.attempt);
  switch (event.event_case()) {
    case v1::JobEvent::kEpochFinished:
      *row->job.mutable_last_epoch() = event.epoch_finished();
      return absl::OkStatus();
    case v1::JobEvent::kStepProgress:
      *row->job.mutable_step_progress() = event.step_progress();
      return absl::OkStatus();
    case v1::JobEvent::kCacheProgress:
      *row->job.mutable_cache_progress() = event.cache_progress();
      return absl::OkStatus();
    case v1::JobEvent::kWarning: {
      auto* const images = event.mutable_warning()->mutable_bad_images();
      if (images->size() > kMaxBadImages) {
        images->DeleteSubrange(kMaxBadImages, images->size() - kMaxBadImages);
      }
      return absl::OkStatus();
    }
    case v1::JobEvent::kTrainingStarted:
    case v1::JobEvent::kCheckpointSaved: return absl::OkStatus();
    default: return FieldError("report.event", "is not one that a trainer reports");
  }
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t nanos = absl::ToUnixNanos(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(nanos / 1'000'000'000);
  timestamp.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  return timestamp;
}

JobRow NewJob(const std::string& name, const v1::Job& wanted, JobEvents* events) {
  JobRow row;
  row.job.set_name(name);
  *row.job.mutable_spec() = wanted.spec();
  if (wanted.has_evaluation()) *row.job.mutable_evaluation() = wanted.evaluation();
  row.job.set_request_id(wanted.request_id());
  *row.job.mutable_create_time() = ToTimestamp(absl::Now());
  row.job.set_state(v1::JOB_STATE_QUEUED);
  events->emplace_back().mutable_state_changed()->set_to(v1::JOB_STATE_QUEUED);
  return row;
}

absl::Status BeginAttempt(const std::string& lease, JobRow* row, JobEvents* events) {
  row->job.set_attempt(row->job.attempt() + 1);
  row->attempt = AttemptRow();
  row->attempt.attempt = row->job.attempt();
  row->attempt.lease = lease;
  if (!row->job.has_start_time()) *row->job.mutable_start_time() = ToTimestamp(absl::Now());
  return MoveTo(v1::JOB_STATE_RUNNING, "", row, events);
}

absl::Status ApplyReport(int32_t attempt, const internal::v1::Report& report, JobRow* row,
                         JobEvents* events) {
  if (row->attempt.attempt != attempt) {
    return absl::FailedPreconditionError(absl::StrCat("attempt ", attempt, " is over"));
  }
  if (report.sequence() <= row->attempt.last_report) return absl::OkStatus();
  if (IsTerminal(row->job.state()) || row->job.state() == v1::JOB_STATE_QUEUED ||
      row->attempt.has_outcome()) {
    return absl::FailedPreconditionError(absl::StrCat("attempt ", attempt, " is over"));
  }
  if (report.has_event()) FOVEA_RETURN_IF_ERROR(ApplyEvent(report.event(), row, events));
  if (report.has_outcome()) {
    if (report.outcome().kind() == internal::v1::Outcome::KIND_UNSPECIFIED) {
      return FieldError("report.outcome.kind", "must be set");
    }
    row->attempt.outcome = report.outcome();
  }
  row->attempt.last_report = report.sequence();
  return absl::OkStatus();
}

bool EndIsReported(const JobRow& row) {
  return row.job.state() == v1::JOB_STATE_RUNNING &&
         (row.attempt.outcome.kind() == internal::v1::Outcome::KIND_SUCCEEDED ||
          row.attempt.outcome.kind() == internal::v1::Outcome::KIND_FAILED);
}

absl::Status RequestCancel(JobRow* row, JobEvents* events) {
  if (row->job.state() == v1::JOB_STATE_QUEUED) return Cancelled(row, events);
  if (row->job.state() != v1::JOB_STATE_RUNNING || EndIsReported(*row)) return absl::OkStatus();
  return MoveTo(v1::JOB_STATE_CANCELLING, "asked for", row, events);
}

absl::Status Succeed(const v1::JobResult& result, JobRow* row, JobEvents* events) {
  *row->job.mutable_result() = result;
  return MoveTo(v1::JOB_STATE_SUCCEEDED, "", row, events);
}

absl::Status Fail(absl::string_view error, JobRow* row, JobEvents* events) {
  row->job.set_error(std::string(error));
  return MoveTo(v1::JOB_STATE_FAILED, "", row, events);
}

absl::Status Cancelled(JobRow* row, JobEvents* events) {
  return MoveTo(v1::JOB_STATE_CANCELLED, "", row, events);
}

absl::Status Requeue(absl::string_view reason, JobRow* row, JobEvents* events) {
  if (row->job.state() == v1::JOB_STATE_CANCELLING) return Cancelled(row, events);
  row->queue_in_front = true;
  return MoveTo(v1::JOB_STATE_QUEUED, reason, row, events);
}

absl::Status Lose(absl::string_view reason, absl::string_view log_tail, JobRow* row,
                  JobEvents* events) {
  if (row->job.state() == v1::JOB_STATE_CANCELLING) return Cancelled(row, events);
  ++row->lost;
  const int allowed = std::max(1, row->job.spec().max_attempts());
  if (row->lost < allowed) {
    return Requeue(absl::StrCat(reason, "; try ", row->lost + 1, " of ", allowed, " follows"), row,
                   events);
  }
  std::string error = absl::StrCat(reason, ", in the last of ", allowed, " tries");
  if (!log_tail.empty()) absl::StrAppend(&error, "; the last lines of its log:\n", log_tail);
  return Fail(error, row, events);
}

}  // namespace fovea
