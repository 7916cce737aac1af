#include "server/training/stage.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/registry.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

Manifest MakeManifest(const Attempt& attempt, int epoch, const Photographs& photographs,
                      const Evaluation& evaluation,
                      const std::optional<Calibration>& calibration) {
  Manifest manifest;
  manifest.class_names = attempt.class_names;
  manifest.preprocess = attempt.options.preprocess;
  manifest.calibration = calibration;
  manifest.inference.choice = attempt.options.inference_precision;
  manifest.test_time_views = attempt.options.recipe.test_time_views;
  manifest.parts_share_patients = photographs.parts_share_patients;
  manifest.provenance.kind = "trained";
  manifest.provenance.job = attempt.job;
  manifest.provenance.dataset = attempt.options.dataset;
  manifest.provenance.dataset_fingerprint = attempt.dataset_fingerprint;
  manifest.provenance.training_spec = attempt.training_spec_json;
  manifest.provenance.seed = attempt.options.seed;
  manifest.provenance.init = attempt.options.init;
  ModelMetrics metrics;
  metrics.epoch = epoch;
  metrics.test_accuracy = evaluation.confusion.Accuracy();
  metrics.test_loss = evaluation.loss;
  metrics.test_kappa = evaluation.confusion.QuadraticWeightedKappa();
  metrics.majority_baseline = evaluation.confusion.MajorityBaseline();
  metrics.test_confusion = evaluation.confusion.counts();
  manifest.metrics = std::move(metrics);
  return manifest;
}

absl::StatusOr<std::string> FillVersion(const ResNet& model, Manifest manifest,
                                        const std::string& evaluation_csv, const std::string& dir) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(dir));
  FOVEA_ASSIGN_OR_RETURN(const Manifest written, WriteVersion(model, std::move(manifest), dir));
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(JoinPath(dir, kEvaluationFile), evaluation_csv));
  FOVEA_RETURN_IF_ERROR(SyncDir(dir));
  return written.weights_sha256;
}

// Of a version to an empty folder.
absl::Status CopyFiles(const std::string& from, const std::string& to) {
  for (const char* name : {kWeightsFile, kManifestFile, kEvaluationFile}) {
    FOVEA_ASSIGN_OR_RETURN(const std::string content, ReadFile(JoinPath(from, name)));
    FOVEA_RETURN_IF_ERROR(WriteFileAtomic(JoinPath(to, name), content));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> WriteEpochVersion(const Attempt& attempt, const TrainState& state,
                                              int epoch, const Photographs& photographs,
                                              const Evaluation& evaluation,
                                              const std::optional<Calibration>& calibration,
                                              const std::string& dir) {
  FOVEA_RETURN_IF_ERROR(RemoveAll(dir));
  absl::StatusOr<std::string> weights_sha256 =
      FillVersion(state.tested(), MakeManifest(attempt, epoch, photographs, evaluation, calibration),
                  EvaluationCsv(photographs, calibration ? calibration->rule : DecisionRule(),
                                evaluation),
                  dir);
  // Half a version would keep a full disk full.
  if (!weights_sha256.ok()) (void)RemoveAll(dir);
  return weights_sha256;
}

absl::Status CheckVersion(const std::string& dir, const std::string& weights_sha256) {
  const absl::StatusOr<std::string> weights = ReadFile(JoinPath(dir, kWeightsFile));
  const absl::StatusOr<Manifest> manifest = ReadManifest(dir);
  if (weights.ok() && manifest.ok() && manifest->weights_sha256 == weights_sha256 &&
      Sha256Hex(*weights) == weights_sha256) {
    return absl::OkStatus();
  }
  return absl::DataLossError("the version of the best epoch is missing or damaged");
}

absl::Status StageVersion(const std::string& dir, const std::string& staging) {
  return ReplaceFolder(staging,
                       [&dir](const std::string& partial) { return CopyFiles(dir, partial); });
}

}  // namespace fovea
