#include "tests/testing/stored_evaluation.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/evaluation/report.h"
#include "server/convert/evaluation_report.h"

namespace fovea {
namespace {

// Labels depend on the photograph alone, answers on the evaluation's name too.
GradedPhotographs Grade(const TestEvaluation& evaluation) {
  constexpr double kSure = 0.8;
  std::mt19937 labels(1);
  std::mt19937 answers(static_cast<unsigned>(std::hash<std::string>()(evaluation.id)));
  std::uniform_int_distribution<int> any(0, evaluation.classes - 1);
  std::uniform_real_distribution<double> share(0, 1);
  GradedPhotographs graded;
  graded.predictions.num_classes = evaluation.classes;
  for (int i = 0; i < evaluation.photographs; ++i) {
    graded.paths.push_back(absl::StrCat(evaluation.dataset, "/", i, ".jpeg"));
    graded.predictions.patients.push_back(absl::StrCat("p", i / 2));
    const int label = any(labels);
    graded.predictions.labels.push_back(label);
    const int answer = share(answers) < evaluation.right ? label : any(answers);
    for (int k = 0; k < evaluation.classes; ++k) {
      graded.predictions.probabilities.push_back(
          k == answer ? kSure : (1 - kSure) / (evaluation.classes - 1));
    }
  }
  return graded;
}

}  // namespace

void PublishTestEvaluation(const TestEvaluation& evaluation, EvaluationStore* store) {
  const GradedPhotographs graded = Grade(evaluation);
  EvaluationOptions options;
  options.bootstrap.resamples = 100;
  v1::Evaluation record;
  record.set_name("evaluations/" + evaluation.id);
  record.mutable_create_time()->set_seconds(evaluation.create_seconds);
  record.mutable_spec()->set_model(evaluation.model);
  record.mutable_spec()->set_dataset("datasets/" + evaluation.dataset);
  record.mutable_spec()->set_part(evaluation.part);
  record.mutable_spec()->set_referable_threshold(0.5);
  record.mutable_spec()->set_vision_threatening_threshold(0.5);
  record.set_dataset_fingerprint(evaluation.dataset);
  for (int k = 0; k < evaluation.classes; ++k) record.add_class_names(absl::StrCat(k));
  *record.mutable_report() =
      ReportToProto(EvaluatePredictions(graded.predictions, options).value());
  if (evaluation.classes != 5) record.mutable_report()->clear_referable();
  const std::string staged = MakeTempDir("fovea-evaluation").value();
  ASSERT_TRUE(WriteEvaluationRecord(staged, record).ok());
  ASSERT_TRUE(WriteFileAtomic(JoinPath(staged, kPredictionsFile), ToCsv(graded)).ok());
  ASSERT_TRUE(store->Publish(evaluation.id, staged).ok());
}

}  // namespace fovea
