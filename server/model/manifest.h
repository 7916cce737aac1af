// What a model version is, beside its weights: plain structs and their JSON file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/preprocess/spec.h"
#include "server/model/architecture.h"
#include "server/model/calibration.h"
#include "server/model/inference_info.h"

namespace fovea {

// Names of the files in a version's folder.
inline constexpr char kWeightsFile[] = "weights.safetensors";
inline constexpr char kManifestFile[] = "manifest.json";

// As fovea.v1.Provenance.
struct Provenance {
  std::string kind;  // "trained" or "imported".
  std::string job;
  std::string dataset;
  std::string dataset_fingerprint;
  std::string training_spec;
  uint64_t seed = 0;
  std::string init;
  std::string fovea_version;
};

// As fovea.v1.ModelMetrics.
struct ModelMetrics {
  int32_t epoch = 0;
  double test_accuracy = 0;
  double test_loss = 0;
  double test_kappa = 0;
  double majority_baseline = 0;
  std::vector<int64_t> test_confusion;
};

struct Manifest {
  Architecture architecture = Architecture::kResNet18;
  int32_t num_classes = 0;
  std::vector<std::string> class_names;  // num_classes names, or none: serves as init only.
  PreprocessSpec preprocess;
  std::string preprocess_fingerprint;
  std::string weights_sha256;
  int64_t weights_bytes = 0;
  Provenance provenance;
  std::optional<ModelMetrics> metrics;
  std::optional<Calibration> calibration;
  InferenceInfo inference;
  int32_t test_time_views = 1;  // 1, 2 or 4.
  // Some patients had photographs in both parts, so test figures flatter.
  bool parts_share_patients = false;
  absl::Time create_time;

  // What turns logits of this version into an answer.
  DecisionRule decision_rule() const { return calibration ? calibration->rule : DecisionRule(); }
};

// Whether photographs can be looked at in so many mirrored views (test_time_views.h).
inline bool IsViewCount(int64_t views) { return views == 1 || views == 2 || views == 4; }

// Indented JSON, NaN as null.
std::string ManifestToJson(const Manifest& manifest);

// INVALID_ARGUMENT for anything that is missing, of another type or out of range, and for a
// fingerprint that is not that of the spec under this build's algorithm version. Calibration,
// views, shared patients and inference may be missing: versions of before have none of them.
absl::StatusOr<Manifest> ManifestFromJson(const std::string& json);

// The manifest in a version's folder. Errors of the file system, or as ManifestFromJson.
absl::StatusOr<Manifest> ReadManifest(const std::string& version_dir);

}  // namespace fovea
