// Keeps photographs that nobody could grade from the network, which grades anything.
#pragma once

#include "absl/status/statusor.h"
#include "common/preprocess/image.h"
#include "common/preprocess/spec.h"
#include "common/quality/quality.h"
#include "server/model/manifest.h"

namespace fovea {

struct QualityGateOptions {
  bool enabled = true;
  QualityThresholds thresholds = {};
};

// Immutable and thread-safe.
class QualityGate {
 public:
  explicit QualityGate(const QualityGateOptions& options) : options_(options) {}

  // Only photographs for models of the five grades pass through the gate: what other models are
  // for, nobody knows, and a model of 200 everyday things must not refuse them all.
  bool Watches(const Manifest& manifest) const;

  // `decoded` is the photograph as it was sent, `prepared` what PrepareImage made of it with the
  // spec of the model. Measures the whole photograph at the size that the model sees, but at 64
  // pixels at least and at 256 at most, the size that the thresholds are meant for. Errors as ResizeShortSide.
  absl::StatusOr<QualityReport> Assess(const Image& decoded, const Image& prepared,
                                       const PreprocessSpec& spec) const;

 private:
  const QualityGateOptions options_;
};

}  // namespace fovea
