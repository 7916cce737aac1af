// Runs and evaluations made by hand, for tests of reports.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "client/report/data.h"

namespace fovea::client {

struct CannedRun {
  std::string label;
  std::string init = "random";
  v1::ClassWeighting weighting = v1::CLASS_WEIGHTING_LAB;
  uint64_t seed = 0;
  double accuracy = 0.5;  // Of the test part at the second of three epochs, the highest.
  bool evaluated = true;
};

inline v1::JobEvent CannedStart() {
  v1::JobEvent event;
  v1::TrainingStarted& started = *event.mutable_training_started();
  started.set_train_images(80);
  started.set_test_images(20);
  for (int grade = 0; grade < 5; ++grade) {
    started.add_class_names(absl::StrCat("grade ", grade));
    started.add_train_class_counts(16);
    started.add_test_class_counts(4);
    started.add_class_weights(1 + 0.5 * grade);
  }
  started.set_majority_baseline(0.2);
  started.set_device("cpu");
  started.set_parameters(11178051);
  return event;
}

inline v1::JobEvent CannedEpoch(int epoch, double accuracy) {
  v1::JobEvent event;
  v1::EpochFinished& finished = *event.mutable_epoch_finished();
  finished.set_epoch(epoch);
  finished.set_epochs(3);
  finished.set_phase(epoch == 1 ? v1::PHASE_HEAD : v1::PHASE_FULL);
  finished.set_learning_rate(0.001 / epoch);
  finished.mutable_train()->set_accuracy(0.3 + 0.1 * epoch);
  finished.mutable_train()->set_loss(1.6 - 0.2 * epoch);
  finished.mutable_test()->set_accuracy(accuracy);
  finished.mutable_test()->set_loss(1.5 - 0.1 * epoch);
  finished.set_test_kappa(accuracy - 0.2);
  finished.set_majority_baseline(0.2);
  finished.set_images_per_second(40);
  finished.set_train_seconds(2);
  finished.set_test_seconds(1);
  for (int row = 0; row < 5; ++row) {
    finished.add_test_recall(0.5);
    for (int column = 0; column < 5; ++column) finished.add_test_confusion(row == column ? 2 : 1);
  }
  finished.set_best(epoch < 3);
  return event;
}

inline v1::Evaluation CannedEvaluation(double accuracy) {
  v1::Evaluation evaluation;
  evaluation.set_name("evaluations/j-e");
  evaluation.mutable_spec()->set_dataset("datasets/eyes");
  evaluation.mutable_spec()->set_part(v1::PART_TEST);
  v1::EvaluationReport& report = *evaluation.mutable_report();
  report.set_images(20);
  report.set_patients(10);
  for (const char* name : {"accuracy", "majority_baseline", "quadratic_weighted_kappa", "macro_f1",
                           "referable_roc_auc", "vision_threatening_roc_auc"}) {
    v1::Metric& metric = *report.add_metrics();
    metric.set_name(name);
    metric.set_value(accuracy);
    metric.set_low(accuracy - 0.1);
    metric.set_high(accuracy + 0.1);
  }
  for (int row = 0; row < 5; ++row) {
    evaluation.add_class_names(absl::StrCat("grade ", row));
    v1::ClassMetrics& one = *report.add_classes();
    one.set_support(4);
    one.set_recall(0.25 * row);
    for (int column = 0; column < 5; ++column) report.add_confusion(row == column ? 4 : 0);
  }
  for (int i = 0; i < 15; ++i) {
    v1::ReliabilityBin& bin = *report.add_reliability();
    bin.set_images(i < 5 ? 0 : 2);
    bin.set_confidence((i + 0.5) / 15);
    bin.set_accuracy(i / 15.0);
  }
  for (v1::Screening* screening :
       {report.mutable_referable(), report.mutable_vision_threatening()}) {
    screening->set_threshold(0.5);
    screening->set_sensitivity(0.75);
    screening->set_specificity(0.9);
    for (const auto& [x, y] : {std::pair(0.0, 0.0), std::pair(0.1, 0.75), std::pair(1.0, 1.0)}) {
      v1::RocPoint& point = *screening->add_roc_curve();
      point.set_false_positive_rate(x);
      point.set_true_positive_rate(y);
    }
  }
  return evaluation;
}

inline ReportRun MakeRun(const CannedRun& canned) {
  ReportRun run;
  run.label = canned.label;
  v1::TrainingSpec& spec = *run.job.mutable_spec();
  spec.set_dataset("datasets/eyes");
  spec.set_init(canned.init);
  spec.set_seed(canned.seed);
  spec.mutable_recipe()->set_epochs(3);
  spec.mutable_recipe()->set_head_epochs(1);
  spec.mutable_recipe()->set_class_weighting(canned.weighting);
  run.job.set_name(absl::StrCat("jobs/j-", canned.label.size()));
  run.job.set_state(v1::JOB_STATE_SUCCEEDED);
  run.job.mutable_result()->set_model_version("models/m/versions/1");
  run.job.mutable_result()->set_best_epoch(2);
  run.job.mutable_result()->set_best_test_accuracy(canned.accuracy);
  run.job.mutable_result()->set_majority_baseline(0.2);
  TakeEvent(CannedStart(), &run);
  for (int epoch = 1; epoch <= 3; ++epoch) {
    TakeEvent(CannedEpoch(epoch, canned.accuracy - (epoch == 2 ? 0 : 0.1)), &run);
  }
  if (canned.evaluated) run.evaluation = CannedEvaluation(canned.accuracy);
  return run;
}

}  // namespace fovea::client
