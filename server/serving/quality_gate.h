// Keeps photographs that nobody could grade from the network, which grades anything.
#pragma once

#include "absl/status/statusor.h"
#include "common/preprocess/decode.h"
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

  // `decoded` is the photograph as DecodePhotograph gives it for the model's spec, `prepared` what
  // PrepareImage made of it. Measures the whole photograph at the size that the model sees, but at
  // 64 pixels at least and at 256 at most, the size that the thresholds are meant for: a resize to
  // half at least also after a scaled decode. How large it must be is asked of the file, not of what
  // was decoded. Errors as ResizeShortSide.
  absl::StatusOr<QualityReport> Assess(const DecodedImage& decoded, const Image& prepared,
                                       const PreprocessSpec& spec) const;

 private:
  const QualityGateOptions options_;
};

}  // namespace fovea
