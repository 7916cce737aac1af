#include "server/convert/events.h"

#include "server/convert/enums.h"

namespace fovea {
namespace {

template <typename Values, typename Field>
void Copy(const Values& values, Field* field) {
  field->Assign(values.begin(), values.end());
}

void Set(const PartMetrics& in, v1::PartMetrics* out) {
  out->set_loss(in.loss);
  out->set_accuracy(in.accuracy);
}

// One overload an event, each fills in its member of the oneof.
struct Fill {
  v1::JobEvent* out;

  void operator()(const TrainingStarted& in) const {
    v1::TrainingStarted& started = *out->mutable_training_started();
    started.set_train_images(in.train_images);
    started.set_test_images(in.test_images);
    Copy(in.train_class_counts, started.mutable_train_class_counts());
    Copy(in.test_class_counts, started.mutable_test_class_counts());
    for (const std::string& name : in.class_names) started.add_class_names(name);
    Copy(in.class_weights, started.mutable_class_weights());
    started.set_majority_baseline(in.majority_baseline);
    started.set_device(in.device);
    started.set_parameters(in.parameters);
    started.set_resumed_epoch(in.resumed_epoch);
    started.set_resumed_step(in.resumed_step);
    started.set_parts_share_patients(in.parts_share_patients);
    started.set_validation_images(in.validation_images);
    Copy(in.validation_class_counts, started.mutable_validation_class_counts());
  }

  void operator()(const CacheProgress& in) const {
    v1::CacheProgress& progress = *out->mutable_cache_progress();
    progress.set_done(in.done);
    progress.set_total(in.total);
    progress.set_bad(in.bad);
    progress.set_images_per_second(in.images_per_second);
  }

  void operator()(const StepProgress& in) const {
    v1::StepProgress& progress = *out->mutable_step_progress();
    progress.set_phase(PhaseToProto(in.phase));
    progress.set_epoch(in.epoch);
    progress.set_epochs(in.epochs);
    progress.set_step(in.step);
    progress.set_steps(in.steps);
    progress.set_loss(in.loss);
    progress.set_accuracy(in.accuracy);
    progress.set_images_per_second(in.images_per_second);
    progress.set_seconds_left(in.seconds_left);
    progress.set_test_done(in.test_done);
    progress.set_test_total(in.test_total);
    progress.set_precision_done(in.precision_done);
    progress.set_precision_total(in.precision_total);
  }

  void operator()(const EpochFinished& in) const {
    v1::EpochFinished& epoch = *out->mutable_epoch_finished();
    epoch.set_phase(PhaseToProto(in.phase));
    epoch.set_epoch(in.epoch);
    epoch.set_epochs(in.epochs);
    epoch.set_learning_rate(in.learning_rate);
    Set(in.train, epoch.mutable_train());
    Set(in.test, epoch.mutable_test());
    Copy(in.test_recall, epoch.mutable_test_recall());
    Copy(in.test_confusion, epoch.mutable_test_confusion());
    epoch.set_test_kappa(in.test_kappa);
    epoch.set_majority_baseline(in.majority_baseline);
    epoch.set_images_per_second(in.images_per_second);
    epoch.set_train_seconds(in.train_seconds);
    epoch.set_test_seconds(in.test_seconds);
    epoch.set_best(in.best);
    if (!in.validation.has_value()) return;
    Set(*in.validation, epoch.mutable_validation());
    epoch.set_validation_kappa(in.validation_kappa);
  }

  void operator()(const CheckpointSaved& in) const {
    v1::CheckpointSaved& saved = *out->mutable_checkpoint_saved();
    saved.set_epoch(in.epoch);
    saved.set_step(in.step);
    saved.set_bytes(in.bytes);
  }

  void operator()(const Warning& in) const {
    v1::Warning& warning = *out->mutable_warning();
    warning.set_message(in.message);
    for (const BadImage& bad : in.bad_images) {
      v1::BadImage& image = *warning.add_bad_images();
      image.set_path(bad.path);
      image.set_reason(bad.reason);
    }
  }
};

internal::v1::Outcome::Kind KindToProto(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kSucceeded: return internal::v1::Outcome::KIND_SUCCEEDED;
    case Outcome::Kind::kFailed: return internal::v1::Outcome::KIND_FAILED;
    case Outcome::Kind::kCancelled: return internal::v1::Outcome::KIND_CANCELLED;
    case Outcome::Kind::kDrained: return internal::v1::Outcome::KIND_DRAINED;
  }
  return internal::v1::Outcome::KIND_UNSPECIFIED;
}

}  // namespace

v1::JobEvent EventToProto(const TrainingEvent& event) {
  v1::JobEvent proto;
  std::visit(Fill{&proto}, event);
  return proto;
}

internal::v1::Outcome OutcomeToProto(const Outcome& outcome) {
  internal::v1::Outcome proto;
  proto.set_kind(KindToProto(outcome.kind));
  proto.set_error(outcome.error);
  if (outcome.kind != Outcome::Kind::kSucceeded) return proto;
  proto.mutable_result()->set_best_epoch(outcome.result.best_epoch);
  proto.mutable_result()->set_best_test_accuracy(outcome.result.best_test_accuracy);
  proto.mutable_result()->set_best_test_kappa(outcome.result.best_test_kappa);
  proto.mutable_result()->set_majority_baseline(outcome.result.majority_baseline);
  return proto;
}

}  // namespace fovea
