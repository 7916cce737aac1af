#include "server/convert/evaluation_report.h"

#include <iterator>
#include <string>
#include <vector>

#include "server/model/architecture.h"

namespace fovea {
namespace {

std::string NameOf(size_t metric) { return std::string(MetricName(static_cast<Metric>(metric))); }

void Fill(const Estimate& in, v1::Metric* out) {
  out->set_value(in.value);
  out->set_low(in.interval.low);
  out->set_high(in.interval.high);
  out->set_undefined_resamples(static_cast<int32_t>(in.interval.undefined));
}

void Fill(const ClassReport& in, v1::ClassMetrics* out) {
  out->set_precision(in.scores.precision);
  out->set_recall(in.scores.recall);
  out->set_f1(in.scores.f1);
  out->set_support(in.scores.support);
  out->set_roc_auc(in.roc_auc);
  out->set_average_precision(in.average_precision);
}

void Fill(const ScreeningReport& in, v1::Screening* out) {
  out->set_threshold(in.at_threshold.threshold);
  out->set_sensitivity(in.at_threshold.Sensitivity());
  out->set_specificity(in.at_threshold.Specificity());
  out->set_positive_predictive_value(in.at_threshold.PositivePredictiveValue());
  out->set_negative_predictive_value(in.at_threshold.NegativePredictiveValue());
  for (const RocPoint& point : in.roc_curve) {
    v1::RocPoint* const to = out->add_roc_curve();
    to->set_threshold(point.threshold);
    to->set_false_positive_rate(point.false_positive_rate);
    to->set_true_positive_rate(point.true_positive_rate);
  }
}

}  // namespace

v1::EvaluationReport ReportToProto(const EvaluationReport& report) {
  v1::EvaluationReport proto;
  proto.set_images(report.images);
  proto.set_patients(report.patients);
  for (size_t i = 0; i < kMetricCount; ++i) {
    v1::Metric* const metric = proto.add_metrics();
    metric->set_name(NameOf(i));
    Fill(report.metrics[i], metric);
  }
  const std::vector<int64_t>& counts = report.confusion.counts();
  proto.mutable_confusion()->Assign(counts.begin(), counts.end());
  for (const ClassReport& one : report.classes) Fill(one, proto.add_classes());
  if (report.classes.size() == std::size(kGradeNames)) {
    Fill(report.referable, proto.mutable_referable());
    Fill(report.vision_threatening, proto.mutable_vision_threatening());
  }
  for (const ReliabilityBin& bin : report.reliability) {
    *proto.add_reliability() = ReliabilityBinToProto(bin);
  }
  return proto;
}

v1::ReliabilityBin ReliabilityBinToProto(const ReliabilityBin& bin) {
  v1::ReliabilityBin proto;
  proto.set_images(bin.images);
  proto.set_confidence(bin.mean_confidence);
  proto.set_accuracy(bin.accuracy);
  return proto;
}

v1::EvaluationComparison ComparisonToProto(const ModelComparison& comparison) {
  v1::EvaluationComparison proto;
  for (size_t i = 0; i < kMetricCount; ++i) {
    const MetricDifference& in = comparison.metrics[i];
    v1::MetricDifference* const out = proto.add_metrics();
    out->set_name(NameOf(i));
    out->set_first(in.first);
    out->set_second(in.second);
    out->set_difference(in.difference);
    out->set_low(in.interval.low);
    out->set_high(in.interval.high);
    out->set_p_value(in.p_value);
  }
  proto.set_only_first_right(comparison.mcnemar.only_first_right);
  proto.set_only_second_right(comparison.mcnemar.only_second_right);
  proto.set_mcnemar_p_value(comparison.mcnemar.p_value);
  return proto;
}

}  // namespace fovea
