// What the jobs layer is told by the program that owns it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"

namespace fovea {

struct JobOptions {
  // The store's file; its folder must exist.
  std::string store_path;
  // Holds a folder for each job: attempt.pb, checkpoints/, staging/, trainer.log. Made if need be.
  std::string jobs_dir;
  // Path of the program that runs an attempt: `PROGRAM --attempt-file PATH`.
  std::string trainer_program;
  // Each runs one job at a time; "auto" is the first. Not empty.
  std::vector<std::string> devices = {"cpu"};
  // What every attempt is told alike: server, cache_dir, cache_limit_bytes, max_image_bytes,
  // max_image_pixels. The other fields are filled in for each attempt.
  internal::v1::AttemptSpec attempt;

  // Fills in dataset, dataset_index_path, dataset_files_dir, files_by_hash and init_version_dir.
  // An error fails the job. Called from the supervisor's thread; may read the disk.
  std::function<absl::Status(const v1::TrainingSpec&, internal::v1::AttemptSpec*)> resolve;
  // Makes the staged folder a model version and returns its name `models/{m}/versions/{n}`, or of an
  // evaluation job an evaluation, `evaluations/{e}`. Called again after a crash, so it must be
  // idempotent by job. An error fails the job.
  std::function<absl::StatusOr<std::string>(const v1::Job&, const std::string& staging_dir)>
      publish;

  // A trainer that is not heard of for so long is taken to hang.
  absl::Duration silence_limit = absl::Seconds(60);
  // From the command to cancel to SIGTERM.
  absl::Duration cancel_grace = absl::Seconds(5);
  // From SIGTERM to SIGKILL.
  absl::Duration kill_grace = absl::Seconds(5);
  // From a reported outcome to SIGTERM for a process that does not exit.
  absl::Duration exit_grace = absl::Seconds(30);
  // How long reports under way are waited for when the process has ended.
  absl::Duration report_grace = absl::Seconds(2);
};

}  // namespace fovea
