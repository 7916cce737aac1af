// Keeps photographs that nobody could grade from the network, which grades anything.
#pragma once

#include "absl/status/statusor.h"
#include "common/preprocess/image.h"
#include "common/preprocess/spec.h"
#include "common/quality/quality.h"
#include "server/model/manifest.h"

namespace fovea {

// One photograph before it comes to the network.
struct DecodedPhotograph {
  const Image& decoded;       // By DecodeImage with DecodeOptionsOf the model's spec.
  int stored_short_side = 0;  // Of the file that was sent, in pixels, as DecodeImage says.
  const Image& prepared;      // What PrepareImage made of `decoded` with the model's spec.
};

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

  // Measures the whole photograph at the size that the model sees, but at 64 pixels at least and at
  // 256 at most, the size that the thresholds are meant for: a resize to half at least also after a
  // scaled decode. How large it must be is asked of the file, not of what was decoded. Errors as
  // ResizeShortSide.
  absl::StatusOr<QualityReport> Assess(const DecodedPhotograph& photograph,
                                       const PreprocessSpec& spec) const;

 private:
  const QualityGateOptions options_;
};

}  // namespace fovea
