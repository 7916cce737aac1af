#include "server/convert/model_version.h"

#include <google/protobuf/util/time_util.h>

#include <string>

#include "absl/time/time.h"
#include "server/convert/enums.h"
#include "server/convert/evaluation_report.h"
#include "server/convert/preprocess.h"

namespace fovea {
namespace {

void Fill(const Provenance& in, v1::Provenance* out) {
  out->set_kind(in.kind);
  out->set_job(in.job);
  out->set_dataset(in.dataset);
  out->set_dataset_fingerprint(in.dataset_fingerprint);
  out->set_training_spec(in.training_spec);
  out->set_seed(in.seed);
  out->set_init(in.init);
  out->set_fovea_version(in.fovea_version);
}

void Fill(const ModelMetrics& in, v1::ModelMetrics* out) {
  out->set_epoch(in.epoch);
  out->set_test_accuracy(in.test_accuracy);
  out->set_test_loss(in.test_loss);
  out->set_test_kappa(in.test_kappa);
  out->set_majority_baseline(in.majority_baseline);
  out->mutable_test_confusion()->Assign(in.test_confusion.begin(), in.test_confusion.end());
}

v1::CalibrationFigures FiguresToProto(const CalibrationFigures& in) {
  v1::CalibrationFigures out;
  out.set_log_loss(in.log_loss);
  out.set_brier_score(in.brier_score);
  out.set_expected_calibration_error(in.expected_calibration_error);
  for (const ReliabilityBin& bin : in.reliability) *out.add_reliability() = ReliabilityBinToProto(bin);
  return out;
}

void Fill(const Calibration& in, v1::Calibration* out) {
  out->set_temperature(in.rule.temperature);
  out->set_referable_threshold(in.rule.referable_threshold);
  out->set_vision_threatening_threshold(in.rule.vision_threatening_threshold);
  out->mutable_cut_points()->Assign(in.rule.cut_points.begin(), in.rule.cut_points.end());
  out->set_images(in.images);
  out->set_patients(in.patients);
  *out->mutable_validation_before() = FiguresToProto(in.validation_before);
  *out->mutable_validation_after() = FiguresToProto(in.validation_after);
  *out->mutable_test_before() = FiguresToProto(in.test_before);
  *out->mutable_test_after() = FiguresToProto(in.test_after);
}

v1::PrecisionFigures FiguresToProto(const PrecisionFigures& in) {
  v1::PrecisionFigures out;
  out.set_images(in.images);
  out.set_mean_logit_change(in.mean_logit_change);
  out.set_max_logit_change(in.max_logit_change);
  out.set_accuracy_change(in.accuracy_change);
  out.set_kappa_change(in.kappa_change);
  return out;
}

void Fill(const InferenceInfo& in, v1::Inference* out) {
  out->set_choice(PrecisionChoiceToProto(in.choice));
  out->set_calibration_images(in.calibration_images);
  out->set_calibration_fingerprint(in.calibration_fingerprint);
  for (const MeasuredPrecision& one : in.measured) {
    v1::MeasuredPrecision* measured = out->add_measured();
    measured->set_precision(PrecisionToProto(one.precision));
    if (one.validation) *measured->mutable_validation() = FiguresToProto(*one.validation);
    *measured->mutable_test() = FiguresToProto(one.test);
  }
}

}  // namespace

v1::ModelVersion ModelVersionToProto(const VersionInfo& info) {
  const Manifest& manifest = info.manifest;
  v1::ModelVersion proto;
  proto.set_name(info.name());
  *proto.mutable_create_time() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
      absl::ToUnixNanos(manifest.create_time));
  proto.set_architecture(ArchitectureToProto(manifest.architecture));
  for (const std::string& name : manifest.class_names) proto.add_class_names(name);
  *proto.mutable_preprocess() = PreprocessToProto(manifest.preprocess);
  proto.set_preprocess_fingerprint(manifest.preprocess_fingerprint);
  proto.set_weights_sha256(manifest.weights_sha256);
  proto.set_weights_bytes(manifest.weights_bytes);
  Fill(manifest.provenance, proto.mutable_provenance());
  if (manifest.metrics.has_value()) Fill(*manifest.metrics, proto.mutable_metrics());
  for (const std::string& alias : info.aliases) proto.add_aliases(alias);
  proto.set_num_classes(manifest.num_classes);
  if (manifest.calibration.has_value()) Fill(*manifest.calibration, proto.mutable_calibration());
  Fill(manifest.inference, proto.mutable_inference());
  proto.set_test_time_views(manifest.test_time_views);
  proto.set_parts_share_patients(manifest.parts_share_patients);
  return proto;
}

}  // namespace fovea
