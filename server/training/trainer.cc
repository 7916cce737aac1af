#include "server/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/evaluation/confusion_matrix.h"
#include "server/model/plan/compile.h"
#include "server/training/calibrate.h"
#include "server/training/checkpoint_files.h"
#include "server/training/class_weights.h"
#include "server/training/ema.h"
#include "server/training/frozen_backbone.h"
#include "server/training/initial_model.h"
#include "server/training/mixed_precision.h"
#include "server/training/sampler.h"
#include "server/training/schedule.h"
#include "server/training/stage.h"

namespace fovea {
namespace {

// How long the report of an epoch may keep the next one from beginning while the server is away.
constexpr absl::Duration kFlushTimeout = absl::Seconds(5);

double MajorityShare(const std::vector<int64_t>& counts) {
  const int64_t all = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
         static_cast<double>(all);
}

CheckpointKey MakeKey(const Attempt& attempt, const Photographs& photographs) {
  return {OptionsFingerprint(attempt.options), attempt.dataset_fingerprint,
          PreprocessFingerprint(attempt.options.preprocess), photographs.digest};
}

// Photographs that are graded after an epoch.
int64_t TestedImages(const Photographs& photographs) {
  return static_cast<int64_t>(photographs.test.size() + photographs.validation.size());
}

Progress::Totals MakeTotals(const RecipeOptions& recipe, int64_t steps,
                            const Photographs& photographs) {
  return {recipe.epochs, recipe.head_epochs, steps, TestedImages(photographs), recipe.batch_size};
}

LabelledLogits WithLabels(const Photographs& photographs, const std::vector<Sample>& samples,
                          const Evaluation& evaluation) {
  LabelledLogits part;
  part.logits = {evaluation.confusion.num_classes(),
                 {evaluation.logits.begin(), evaluation.logits.end()}};
  for (const Sample& sample : samples) {
    part.labels.push_back(static_cast<int>(sample.label));
    part.patients.push_back(photographs.items[sample.item].patient);
  }
  return part;
}

double KappaOrLowest(const Evaluation& evaluation) {
  const double kappa = evaluation.confusion.QuadraticWeightedKappa();
  return std::isnan(kappa) ? kNoKappa : kappa;
}

double SecondsSince(absl::Duration start) {
  return absl::ToDoubleSeconds(MonotonicNow() - start);
}

}  // namespace

Trainer::Trainer(const Attempt& attempt, const Photographs& photographs, const StopSignal& stop,
                 EventSink* sink)
    : attempt_(attempt),
      recipe_(attempt.options.recipe),
      photographs_(photographs),
      stop_(stop),
      sink_(sink),
      dir_(JoinPath(attempt.job_dir, "checkpoints")),
      key_(MakeKey(attempt, photographs)),
      steps_(StepsPerEpoch(static_cast<int64_t>(photographs.train.size()), recipe_.batch_size,
                           attempt.options.preprocess.crop_size)),
      baseline_(MajorityShare(photographs.test_class_counts)),
      progress_(MakeTotals(recipe_, steps_, photographs), sink) {}

absl::StatusOr<AttemptResult> Trainer::Run() try {
  FOVEA_RETURN_IF_ERROR(SetUp());
  FOVEA_RETURN_IF_ERROR(Restore());
  ReportStart();
  while (state_.position.epoch < recipe_.epochs && !StoppedEarly()) {
    FOVEA_RETURN_IF_ERROR(RunEpoch());
  }
  ConfusionMatrix confusion(static_cast<int>(attempt_.class_names.size()));
  confusion.SetCounts(state_.best.confusion);
  AttemptResult result;
  result.best_epoch = state_.best.epoch;
  result.best_test_accuracy = confusion.Accuracy();
  result.best_test_kappa = confusion.QuadraticWeightedKappa();
  result.majority_baseline = baseline_;
  return result;
} catch (const std::exception& error) {
  return TorchErrorStatus("training", error);
}

std::string Trainer::best_version_dir() const { return BestVersionDir(dir_, state_.best.epoch); }

absl::Status Trainer::SetUp() {
  if (steps_ == 0) {
    return FieldError("preprocess.crop_size",
                      "must be above 32 to train with a single photograph a batch");
  }
  FOVEA_ASSIGN_OR_RETURN(device_, ResolveDevice(attempt_.options.device));
  FOVEA_ASSIGN_OR_RETURN(class_weights_, ClassWeights(recipe_, photographs_.train_class_counts));
  criterion_.class_weights =
      torch::tensor(class_weights_, torch::kFloat64).to(torch::kFloat32).to(device_);
  criterion_.label_smoothing = recipe_.label_smoothing;
  criterion_.ordinal = recipe_.target == Target::kOrdinal;
  at::set_num_threads(attempt_.options.threads);
  const bool wants_mixed = recipe_.precision == TrainingPrecision::kMixed;
  mixed_ = wants_mixed && HasFastMixedPrecision(device_);
  if (wants_mixed && !mixed_) {
    sink_->Emit(Warning{"this device is not made for bfloat16: training is in float32", {}});
  }
  return MakeDirs(dir_);
}

absl::Status Trainer::Restore() {
  FOVEA_RETURN_IF_ERROR(StartAnew());
  const std::vector<CheckpointFile> files = ListCheckpoints(dir_);
  for (const CheckpointFile& file : files) {
    absl::StatusOr<std::string> content = ReadFile(file.path);
    absl::Status status = content.status();
    if (status.ok()) status = DecodeCheckpoint(*content, key_, recipe_, &state_);
    if (status.ok() && state_.best.epoch > 0) {
      status = CheckVersion(BestVersionDir(dir_, state_.best.epoch), state_.best.weights_sha256);
    }
    if (status.ok()) return status;
    sink_->Emit(Warning{absl::StrCat("the checkpoint of epoch ", file.epoch, ", step ", file.step,
                                     " cannot be used (", status.message(), ")"),
                        {}});
  }
  if (files.empty()) return absl::OkStatus();
  sink_->Emit(Warning{"no checkpoint can be used, the job begins anew", {}});
  return StartAnew();
}

absl::Status Trainer::StartAnew() {
  state_ = TrainState();
  FOVEA_ASSIGN_OR_RETURN(state_.model, MakeInitialModel(attempt_));
  state_.model->to(device_);
  if (recipe_.ema_decay > 0) {
    FOVEA_ASSIGN_OR_RETURN(state_.average, CopyOf(state_.model));
  }
  state_.phase = PhaseOf(1, recipe_);
  state_.optimiser = MakeOptimiser(state_.model, state_.phase, recipe_);
  return absl::OkStatus();
}

void Trainer::ReportStart() {
  TrainingStarted started;
  started.train_images = static_cast<int32_t>(photographs_.train.size());
  started.test_images = static_cast<int32_t>(photographs_.test.size());
  started.train_class_counts = photographs_.train_class_counts;
  started.test_class_counts = photographs_.test_class_counts;
  started.class_names = attempt_.class_names;
  started.class_weights = class_weights_;
  started.majority_baseline = baseline_;
  started.device = device_.str();
  for (const torch::Tensor& p : state_.model->parameters()) started.parameters += p.numel();
  started.resumed_epoch = state_.position.epoch;
  started.resumed_step = state_.position.step;
  started.parts_share_patients = photographs_.parts_share_patients;
  started.validation_images = static_cast<int32_t>(photographs_.validation.size());
  started.validation_class_counts = photographs_.validation_class_counts;
  sink_->Emit(std::move(started));
}

absl::Status Trainer::RunEpoch() {
  const Phase phase = PhaseOf(state_.position.epoch + 1, recipe_);
  if (phase != state_.phase) {
    state_.phase = phase;
    state_.optimiser = MakeOptimiser(state_.model, phase, recipe_);
    frozen_.reset();
  }
  if (!frozen_) {
    frozen_ = CompileFrozenBackbone(state_.model, phase, attempt_.options, device_, mixed_);
  }
  FOVEA_RETURN_IF_ERROR(TrainSteps());
  const absl::Duration start = MonotonicNow();
  const absl::StatusOr<TestedEpoch> tested = Test();
  if (absl::IsCancelled(tested.status())) return Stop();
  FOVEA_RETURN_IF_ERROR(tested.status());
  return FinishEpoch(*tested, SecondsSince(start));
}

absl::Status Trainer::TrainSteps() {
  const int epoch = state_.position.epoch + 1;
  const uint64_t seed = attempt_.options.seed;
  SetTrainMode(state_.model, state_.phase, recipe_);
  Loader::Options loading;
  loading.spec = attempt_.options.preprocess;
  loading.batch_size = recipe_.batch_size;
  loading.threads = attempt_.options.threads;
  loading.first_batch = state_.position.step;
  loading.batches = steps_;
  Loader loader(photographs_.cache.get(),
                EpochSamples(recipe_.sampling, seed, epoch, photographs_.train),
                TrainingInput(loading.spec, recipe_.augmentation, seed, epoch), loading);
  while (state_.position.step < steps_) {
    if (stop_.requested()) return Stop();
    const absl::Duration start = MonotonicNow();
    FOVEA_RETURN_IF_ERROR(OneStep(loader.Next()));
    const double seconds = SecondsSince(start);
    state_.train_seconds += seconds;
    progress_.Step(seconds, CurrentProgress());
  }
  return absl::OkStatus();
}

absl::Status Trainer::OneStep(const Batch& batch) {
  const DeviceBatch on_device = ToDevice(batch, attempt_.options.preprocess.crop_size, device_);
  const StepResult result =
      TrainStep(state_.model, state_.phase, on_device, criterion_,
                LearningRate(state_.position.step), &state_.optimiser,
                {.mixed = mixed_, .frozen = frozen_.get()});
  if (!std::isfinite(result.loss)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the loss is not finite (", result.loss, ") at epoch ", state_.position.epoch + 1, ", step ",
        state_.position.step + 1, ": lower recipe.learning_rate (now ", recipe_.learning_rate,
        "); the last good checkpoint was kept"));
  }
  if (state_.average) {
    const int64_t step = state_.position.epoch * steps_ + state_.position.step;
    MoveAverage(state_.model, WarmedUpDecay(recipe_.ema_decay, step), state_.average);
  }
  state_.meter.Add(result.loss, batch.size, result.correct);
  ++state_.position.step;
  return absl::OkStatus();
}

absl::StatusOr<TestedEpoch> Trainer::Test() {
  const absl::Duration start = MonotonicNow();
  const auto plan =
      Compile(state_.tested(), device_,
              {.crop_size = attempt_.options.preprocess.crop_size, .batch = kTestBatch});
  TestedEpoch tested;
  FOVEA_ASSIGN_OR_RETURN(tested.test, Grade(*plan, photographs_.test, 0, start));
  if (photographs_.validation.empty()) return tested;
  FOVEA_ASSIGN_OR_RETURN(
      tested.validation,
      Grade(*plan, photographs_.validation, static_cast<int64_t>(photographs_.test.size()), start));
  FOVEA_ASSIGN_OR_RETURN(
      tested.calibration,
      FitCalibration(WithLabels(photographs_, photographs_.validation, *tested.validation),
                     WithLabels(photographs_, photographs_.test, tested.test),
                     recipe_.target == Target::kOrdinal));
  const DecisionRule& rule = tested.calibration->rule;
  AnswerBy(rule, photographs_.test, &tested.test);
  AnswerBy(rule, photographs_.validation, &*tested.validation);
  return tested;
}

absl::StatusOr<Evaluation> Trainer::Grade(const ResNetPlan& plan,
                                          const std::vector<Sample>& samples, int64_t done_before,
                                          absl::Duration start) {
  absl::StatusOr<Evaluation> evaluation =
      Evaluate(plan, photographs_, samples, attempt_.options, class_weights_, device_, stop_,
               [this, start, done_before](int64_t done) {
                 StepProgress event = CurrentProgress();
                 event.test_done = static_cast<int32_t>(done_before + done);
                 event.test_total = static_cast<int32_t>(TestedImages(photographs_));
                 progress_.Test(SecondsSince(start), event);
               });
  if (!absl::IsFailedPrecondition(evaluation.status())) return evaluation;
  return absl::FailedPreconditionError(absl::StrCat(
      evaluation.status().message(), " after epoch ", state_.position.epoch + 1,
      ": lower recipe.learning_rate (now ", recipe_.learning_rate,
      "); the last good checkpoint was kept"));
}

absl::Status Trainer::FinishEpoch(const TestedEpoch& tested, double test_seconds) {
  const Evaluation& evaluation = tested.test;
  EpochFinished event;
  event.phase = state_.phase;
  event.epoch = state_.position.epoch + 1;
  event.epochs = recipe_.epochs;
  event.learning_rate = LearningRate(steps_ - 1);
  event.train = {state_.meter.loss(), state_.meter.accuracy()};
  event.test = {evaluation.loss, evaluation.confusion.Accuracy()};
  event.test_recall = evaluation.confusion.Recall();
  event.test_confusion = evaluation.confusion.counts();
  event.test_kappa = evaluation.confusion.QuadraticWeightedKappa();
  event.majority_baseline = baseline_;
  event.images_per_second = static_cast<double>(state_.meter.images) / state_.train_seconds;
  event.train_seconds = state_.train_seconds;
  event.test_seconds = test_seconds;
  if (tested.validation.has_value()) {
    const Evaluation& validation = *tested.validation;
    event.validation = PartMetrics{validation.loss, validation.confusion.Accuracy()};
    event.validation_kappa = validation.confusion.QuadraticWeightedKappa();
  }
  FOVEA_ASSIGN_OR_RETURN(event.best, UpdateBest(event.epoch, tested));
  UpdateStale(tested);
  // Reported before the checkpoint: a crash between the two repeats the epoch, none is left out.
  sink_->Emit(std::move(event));
  sink_->Flush(kFlushTimeout);
  state_.position = {state_.position.epoch + 1, 0};
  state_.meter = TrainMeter();
  state_.train_seconds = 0;
  if (StoppedEarly() && state_.position.epoch < recipe_.epochs) {
    sink_->Emit(Warning{absl::StrCat("stopped after epoch ", state_.position.epoch, " of ",
                                     recipe_.epochs, ": no higher kappa on the validation part for ",
                                     state_.stale_epochs, " epochs (early_stopping_patience)"),
                        {}});
  }
  return SaveCheckpoint();
}

absl::StatusOr<bool> Trainer::UpdateBest(int epoch, const TestedEpoch& tested) {
  const double score = Score(epoch, tested);
  if (state_.best.epoch > 0 && score <= state_.best.score) return false;
  FOVEA_ASSIGN_OR_RETURN(const std::string sha256,
                         WriteEpochVersion(attempt_, state_, epoch, photographs_, tested.test,
                                           tested.calibration, BestVersionDir(dir_, epoch)));
  state_.best = {epoch, score, sha256, tested.test.confusion.counts()};
  return true;
}

double Trainer::Score(int epoch, const TestedEpoch& tested) const {
  switch (recipe_.best_epoch) {
    case BestEpochBy::kValidationKappa:
      return KappaOrLowest(*tested.validation);
    case BestEpochBy::kLast:
      return epoch;
    case BestEpochBy::kTestAccuracy:
      break;
  }
  return tested.test.confusion.Accuracy();
}

void Trainer::UpdateStale(const TestedEpoch& tested) {
  if (recipe_.early_stopping_patience == 0) return;
  const double kappa = KappaOrLowest(*tested.validation);
  const bool higher = kappa > state_.highest_kappa;
  if (higher) state_.highest_kappa = kappa;
  state_.stale_epochs = higher || state_.phase == Phase::kHead ? 0 : state_.stale_epochs + 1;
}

bool Trainer::StoppedEarly() const {
  return recipe_.early_stopping_patience > 0 &&
         state_.stale_epochs >= recipe_.early_stopping_patience;
}

absl::Status Trainer::Stop() {
  if (stop_.kind() == StopSignal::Kind::kDrain) FOVEA_RETURN_IF_ERROR(SaveCheckpoint());
  return stop_.Check();
}

absl::Status Trainer::SaveCheckpoint() {
  FOVEA_ASSIGN_OR_RETURN(const std::string content, EncodeCheckpoint(state_, key_));
  CheckpointFile file;
  file.epoch = state_.position.epoch;
  file.step = state_.position.step;
  file.best_epoch = state_.best.epoch;
  FOVEA_RETURN_IF_ERROR(WriteCheckpointFile(dir_, content, &file));
  sink_->Emit(CheckpointSaved{file.epoch, file.step, static_cast<int64_t>(content.size())});
  return absl::OkStatus();
}

double Trainer::LearningRate(int64_t step) const {
  return LearningRateAt(recipe_, state_.position.epoch + 1, step, steps_);
}

StepProgress Trainer::CurrentProgress() const {
  StepProgress event;
  event.phase = state_.phase;
  event.epoch = state_.position.epoch + 1;
  event.epochs = recipe_.epochs;
  event.step = state_.position.step;
  event.steps = static_cast<int32_t>(steps_);
  event.loss = state_.meter.loss();
  event.accuracy = state_.meter.accuracy();
  return event;
}

}  // namespace fovea
