#include "server/training/evaluation_attempt.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/evaluation/decision.h"
#include "common/evaluation/graded_photographs.h"
#include "common/torch/torch.h"
#include "server/model/inference_model.h"
#include "server/model/plan/compile.h"
#include "server/model/version_files.h"
#include "server/training/evaluate.h"
#include "server/training/initial_model.h"
#include "server/training/photographs.h"
#include "server/training/progress.h"
#include "server/training/run_locked.h"

namespace fovea {
namespace {

absl::Status CheckClasses(const Manifest& manifest, const Attempt& attempt) {
  const int wanted = static_cast<int>(attempt.class_names.size());
  if (manifest.num_classes == wanted) return absl::OkStatus();
  return FieldError("spec.model", absl::StrCat("has ", manifest.num_classes,
                                               " classes, the data set has ", wanted));
}

GradedPhotographs ToGraded(const Photographs& photographs, const Evaluation& evaluation,
                           const DecisionRule& rule) {
  GradedPhotographs graded;
  graded.inference_ms = evaluation.inference_ms;
  Predictions& predictions = graded.predictions;
  predictions.num_classes = evaluation.confusion.num_classes();
  auto logits = evaluation.logits.begin();
  for (const Sample& sample : photographs.test) {
    const auto next = logits + predictions.num_classes;
    const Decision decision = Decide(rule, std::vector<double>(logits, next));
    logits = next;
    predictions.probabilities.insert(predictions.probabilities.end(),
                                     decision.probabilities.begin(), decision.probabilities.end());
    predictions.predicted.push_back(decision.predicted);
    graded.paths.push_back(photographs.items[sample.item].path);
    predictions.labels.push_back(static_cast<int>(sample.label));
    predictions.patients.push_back(photographs.items[sample.item].patient);
  }
  return graded;
}

// The part, as the test part of what is graded.
absl::StatusOr<Photographs> OpenPart(const Attempt& attempt, Part part, const StopSignal& stop,
                                     EventSink* sink) {
  Attempt whole = attempt;
  whole.options.recipe.validation_share = 0;
  FOVEA_ASSIGN_OR_RETURN(Photographs photographs, OpenPhotographs(whole, stop, sink));
  if (part == Part::kTrain) std::swap(photographs.train, photographs.test);
  return photographs;
}

// In the precision in which the version serves on this device, unless another one is asked for.
absl::StatusOr<Precision> PrecisionOf(const Manifest& manifest, PrecisionChoice asked,
                                      torch::Device device) {
  if (asked == PrecisionChoice::kInt8 && !manifest.inference.quantisers) {
    return FieldError("spec.precision",
                      "int8 needs a version that was trained by this version of Fovea; allowed are "
                      "auto, fp32 and bf16");
  }
  return ServedPrecision(manifest.inference, asked, device.str());
}

absl::StatusOr<Evaluation> Grade(const Attempt& attempt, const Manifest& manifest,
                                 torch::Device device, Precision precision,
                                 const Photographs& photographs, const StopSignal& stop,
                                 EventSink* sink) {
  ResNet model(manifest.architecture, manifest.num_classes);
  FOVEA_RETURN_IF_ERROR(LoadVersionWeights(*model, manifest, attempt.init_version_dir));
  at::set_num_threads(attempt.options.threads);
  PlanOptions plan_options = {.crop_size = manifest.preprocess.crop_size, .batch = kTestBatch};
  plan_options.precision = precision;
  plan_options.quantisers = manifest.inference.quantisers;
  const auto plan = Compile(model, device, plan_options);
  const int32_t total = static_cast<int32_t>(photographs.test.size());
  Progress progress({.epochs = 1, .test_images = total}, sink);
  const absl::Duration start = MonotonicNow();
  const std::vector<double> equal(attempt.class_names.size(), 1.0);
  const auto report = [&](int64_t done) {
    StepProgress event;
    event.epoch = event.epochs = 1;
    event.test_done = static_cast<int32_t>(done);
    event.test_total = total;
    progress.Test(absl::ToDoubleSeconds(MonotonicNow() - start), event);
  };
  return Evaluate(*plan, photographs, photographs.test, attempt.options, equal, device, stop,
                  report);
}

AttemptResult ToResult(const EvaluationReport& report) {
  AttemptResult result;
  result.best_test_accuracy = report.at(Metric::kAccuracy).value;
  result.best_test_kappa = report.at(Metric::kQuadraticWeightedKappa).value;
  result.majority_baseline = report.at(Metric::kMajorityBaseline).value;
  return result;
}

}  // namespace

Outcome RunEvaluation(const Attempt& attempt, const EvaluationTask& task, const StopSignal& stop,
                      EventSink* sink, const KeepEvaluation& keep) {
  return RunLocked(attempt, stop, [&]() -> absl::StatusOr<AttemptResult> {
    FOVEA_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(attempt.init_version_dir));
    FOVEA_RETURN_IF_ERROR(CheckClasses(manifest, attempt));
    FOVEA_ASSIGN_OR_RETURN(const Photographs photographs, OpenPart(attempt, task.part, stop, sink));
    if (photographs.parts_share_patients) {
      sink->Emit(Warning{"some patients are in both parts, so figures of the test part flatter", {}});
    }
    FOVEA_ASSIGN_OR_RETURN(const torch::Device device, ResolveDevice(attempt.options.device));
    FOVEA_ASSIGN_OR_RETURN(const Precision precision,
                           PrecisionOf(manifest, task.precision, device));
    FOVEA_ASSIGN_OR_RETURN(const Evaluation evaluation,
                           Grade(attempt, manifest, device, precision, photographs, stop, sink));
    const GradedPhotographs graded = ToGraded(photographs, evaluation, manifest.decision_rule());
    EvaluatedPart part;
    FOVEA_ASSIGN_OR_RETURN(part.report, EvaluatePredictions(graded.predictions, task.options));
    part.predictions_csv = ToCsv(graded);
    part.parts_share_patients = photographs.parts_share_patients;
    part.weights_sha256 = manifest.weights_sha256;
    part.preprocess_fingerprint = manifest.preprocess_fingerprint;
    part.precision = precision;
    FOVEA_RETURN_IF_ERROR(keep(part));
    return ToResult(part.report);
  });
}

}  // namespace fovea
