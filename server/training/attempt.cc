#include "server/training/attempt.h"

#include "common/base/file.h"
#include "common/base/status.h"
#include "server/training/photographs.h"
#include "server/training/precision_study.h"
#include "server/training/run_locked.h"
#include "server/training/stage.h"
#include "server/training/trainer.h"

namespace fovea {

Outcome RunAttempt(const Attempt& attempt, const StopSignal& stop, EventSink* sink) {
  return RunLocked(attempt, stop, [&]() -> absl::StatusOr<AttemptResult> {
    FOVEA_ASSIGN_OR_RETURN(const Photographs photographs, OpenPhotographs(attempt, stop, sink));
    Trainer trainer(attempt, photographs, stop, sink);
    FOVEA_ASSIGN_OR_RETURN(const AttemptResult result, trainer.Run());
    const std::string staging = JoinPath(attempt.job_dir, "staging");
    FOVEA_RETURN_IF_ERROR(StageVersion(trainer.best_version_dir(), staging));
    FOVEA_RETURN_IF_ERROR(StudyPrecisions(attempt, photographs, staging, stop, sink));
    return result;
  });
}

}  // namespace fovea
