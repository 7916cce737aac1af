#include "server/training/precision_study.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/torch/torch.h"
#include "server/model/plan/compile.h"
#include "server/model/plan/quantisation.h"
#include "server/model/version_files.h"
#include "server/training/evaluate.h"
#include "server/training/initial_model.h"
#include "server/training/progress.h"
#include "server/training/sampler.h"
#include "server/training/step.h"

namespace fovea {
namespace {

// What a part's photographs get in one precision.
struct PartAnswers {
  std::vector<float> logits;
  double accuracy = 0;
  double kappa = 0;
};

PrecisionFigures Compare(const PartAnswers& exact, const PartAnswers& other, size_t images) {
  PrecisionFigures figures;
  figures.images = static_cast<int64_t>(images);
  double sum = 0;
  for (size_t i = 0; i < exact.logits.size(); ++i) {
    const double change = std::abs(static_cast<double>(other.logits[i]) - exact.logits[i]);
    sum += change;
    figures.max_logit_change = std::max(figures.max_logit_change, change);
  }
  figures.mean_logit_change = sum / static_cast<double>(exact.logits.size());
  figures.accuracy_change = other.accuracy - exact.accuracy;
  figures.kappa_change = other.kappa - exact.kappa;
  return figures;
}

// The version, its network and what it is shown.
class Study {
 public:
  Study(const Attempt& attempt, const Photographs& photographs, const StopSignal& stop,
        EventSink* sink)
      : attempt_(attempt), photographs_(photographs), stop_(stop), progress_({}, sink) {}

  absl::Status Run(const std::string& version_dir) {
    FOVEA_ASSIGN_OR_RETURN(manifest_, ReadManifest(version_dir));
    FOVEA_ASSIGN_OR_RETURN(device_, ResolveDevice(attempt_.options.device));
    network_ = ResNet(manifest_.architecture, manifest_.num_classes);
    FOVEA_RETURN_IF_ERROR(LoadVersionWeights(*network_, manifest_, version_dir));
    ChooseRanges();
    FOVEA_RETURN_IF_ERROR(Measure());
    return WriteFileAtomic(JoinPath(version_dir, kManifestFile), ManifestToJson(manifest_));
  }

 private:
  InferenceInfo& info() { return manifest_.inference; }

  void ChooseRanges() {
    std::vector<Sample> samples = EpochSamples(Sampling::kShuffled, attempt_.options.seed,
                                               /*epoch=*/0, photographs_.train);
    samples.resize(std::min<size_t>(samples.size(), kCalibrationImages));
    std::vector<std::string> hashes;
    for (const Sample& sample : samples) hashes.push_back(photographs_.items[sample.item].sha256);
    std::sort(hashes.begin(), hashes.end());
    std::string text = manifest_.preprocess_fingerprint;
    for (const std::string& hash : hashes) absl::StrAppend(&text, " ", hash);

    const torch::InferenceMode inference_mode;
    info().quantisers = ChooseQuantisers(Fold(network_), Inputs(samples));
    info().calibration_images = static_cast<int64_t>(samples.size());
    info().calibration_fingerprint = Sha256Hex(text);
  }

  std::vector<torch::Tensor> Inputs(const std::vector<Sample>& samples) {
    const PreprocessSpec& spec = attempt_.options.preprocess;
    Loader::Options loading = {.spec = spec, .batch_size = kTestBatch};
    loading.threads = attempt_.options.threads;
    loading.batches = (static_cast<int64_t>(samples.size()) + kTestBatch - 1) / kTestBatch;
    Loader loader(photographs_.cache.get(), samples, TestInput(spec), loading);
    std::vector<torch::Tensor> inputs;
    for (int64_t i = 0; i < loading.batches; ++i) {
      const Batch batch = loader.Next();
      inputs.push_back(ToDevice(batch, spec.crop_size, torch::kCPU).inputs.clone());
    }
    return inputs;
  }

  absl::Status Measure() {
    const PrecisionSupport support = SupportOf(device_);
    std::vector<Precision> precisions;
    if (support.bfloat16) precisions.push_back(Precision::kBfloat16);
    if (support.int8) precisions.push_back(Precision::kInt8);
    if (precisions.empty()) return absl::OkStatus();
    total_ = static_cast<int64_t>((1 + precisions.size()) *
                                  (photographs_.test.size() + photographs_.validation.size()));
    start_ = MonotonicNow();
    const bool validated = !photographs_.validation.empty();
    PartAnswers exact_validation;
    FOVEA_ASSIGN_OR_RETURN(const PartAnswers exact_test,
                           Answers(Precision::kFloat32, photographs_.test));
    if (validated) {
      FOVEA_ASSIGN_OR_RETURN(exact_validation,
                             Answers(Precision::kFloat32, photographs_.validation));
    }
    for (const Precision precision : precisions) {
      MeasuredPrecision measured = {.precision = precision};
      FOVEA_ASSIGN_OR_RETURN(const PartAnswers test, Answers(precision, photographs_.test));
      measured.test = Compare(exact_test, test, photographs_.test.size());
      if (validated) {
        FOVEA_ASSIGN_OR_RETURN(const PartAnswers validation,
                               Answers(precision, photographs_.validation));
        measured.validation = Compare(exact_validation, validation, photographs_.validation.size());
      }
      info().measured.push_back(std::move(measured));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<PartAnswers> Answers(Precision precision, const std::vector<Sample>& samples) {
    PlanOptions options = {.precision = precision,
                           .crop_size = attempt_.options.preprocess.crop_size,
                           .batch = kTestBatch};
    options.quantisers = info().quantisers;
    const auto plan = Compile(network_, device_, options);
    const std::vector<double> equal(static_cast<size_t>(manifest_.num_classes), 1.0);
    FOVEA_ASSIGN_OR_RETURN(Evaluation evaluation,
                           Evaluate(*plan, photographs_, samples, attempt_.options, equal, device_,
                                    stop_, [this](int64_t done) { Report(done_ + done); }));
    done_ += static_cast<int64_t>(samples.size());
    AnswerBy(manifest_.decision_rule(), samples, &evaluation);
    return PartAnswers{std::move(evaluation.logits), evaluation.confusion.Accuracy(),
                       evaluation.confusion.QuadraticWeightedKappa()};
  }

  void Report(int64_t done) {
    StepProgress event;
    event.phase = Phase::kFull;
    event.precision_done = static_cast<int32_t>(done);
    event.precision_total = static_cast<int32_t>(total_);
    progress_.Precisions(absl::ToDoubleSeconds(MonotonicNow() - start_), event);
  }

  const Attempt& attempt_;
  const Photographs& photographs_;
  const StopSignal& stop_;
  Progress progress_;
  int64_t done_ = 0, total_ = 0;  // Photographs graded, once for each precision.
  absl::Duration start_;          // Of the first of them.
  Manifest manifest_;
  torch::Device device_ = torch::kCPU;
  ResNet network_ = nullptr;
};

}  // namespace

absl::Status StudyPrecisions(const Attempt& attempt, const Photographs& photographs,
                             const std::string& version_dir, const StopSignal& stop,
                             EventSink* sink) try {
  return Study(attempt, photographs, stop, sink).Run(version_dir);
} catch (const std::exception& error) {
  return TorchErrorStatus("measuring precisions", error);
}

}  // namespace fovea
