// The version folders that training leaves. Includes Torch.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/model/calibration.h"
#include "server/training/attempt.h"
#include "server/training/evaluate.h"
#include "server/training/photographs.h"
#include "server/training/state.h"

namespace fovea {

inline constexpr char kEvaluationFile[] = "evaluation.csv";

// Writes the version of an epoch that has just been tested (weights, manifest with the calibration,
// evaluation) into `dir`, whatever was there before, and to the disk for good. Returns the SHA-256 of
// the weights.
absl::StatusOr<std::string> WriteEpochVersion(const Attempt& attempt, const TrainState& state,
                                              int epoch, const Photographs& photographs,
                                              const Evaluation& evaluation,
                                              const std::optional<Calibration>& calibration,
                                              const std::string& dir);

// OK when `dir` holds a version with exactly these weights. DATA_LOSS otherwise.
absl::Status CheckVersion(const std::string& dir, const std::string& weights_sha256);

// Copies a version to `staging`, whole or not at all.
absl::Status StageVersion(const std::string& dir, const std::string& staging);

}  // namespace fovea
