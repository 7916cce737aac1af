// The states of a job and which may follow which.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "fovea/v1/job.pb.h"

namespace fovea {

// Legal transitions; every other one is refused. SUCCEEDED, FAILED and CANCELLED are terminal.
//
//   from         to
//   (new)        QUEUED
//   QUEUED       RUNNING, CANCELLED
//   RUNNING      SUCCEEDED, FAILED, CANCELLED, CANCELLING, QUEUED (trainer lost or drained)
//   CANCELLING   CANCELLED
//
// OK for a legal one, otherwise FAILED_PRECONDITION that names both states.
absl::Status CheckTransition(v1::JobState from, v1::JobState to);

bool IsTerminal(v1::JobState state);

// "queued", "running" and so on, as in metrics and messages; "unspecified" for anything else.
absl::string_view StateName(v1::JobState state);

}  // namespace fovea
