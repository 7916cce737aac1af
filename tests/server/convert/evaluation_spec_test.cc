#include "server/convert/evaluation_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace fovea {
namespace {

using testing::HasSubstr;

v1::EvaluationSpec Minimal() {
  v1::EvaluationSpec spec;
  spec.set_model("models/m");
  spec.set_dataset("datasets/d");
  return spec;
}

TEST(EvaluationSpecTest, FillsTheDefaultsOfTheProto) {
  v1::EvaluationSpec spec = Minimal();
  ASSERT_TRUE(ResolveEvaluationSpec(&spec).ok());
  EXPECT_EQ(spec.part(), v1::PART_TEST);
  EXPECT_EQ(spec.resamples(), 2000);
  EXPECT_TRUE(spec.has_seed());
  EXPECT_EQ(spec.seed(), 0u);
  const EvaluationTask task = EvaluationTaskFromProto(spec).value();
  EXPECT_EQ(task.part, Part::kTest);
  EXPECT_EQ(task.options.bootstrap.resamples, 2000);
}

TEST(EvaluationSpecTest, ThresholdsAreThoseOfTheVersionUnlessGiven) {
  const DecisionRule rule = {.referable_threshold = 0.3, .vision_threatening_threshold = 0.2};
  v1::EvaluationSpec spec = Minimal();
  ASSERT_TRUE(ResolveEvaluationSpec(&spec).ok());
  FillThresholds(rule, &spec);
  EXPECT_EQ(spec.referable_threshold(), 0.3);
  EXPECT_EQ(spec.vision_threatening_threshold(), 0.2);
  const EvaluationTask task = EvaluationTaskFromProto(spec).value();
  EXPECT_EQ(task.options.thresholds.referable, 0.3);
  EXPECT_EQ(task.options.thresholds.vision_threatening, 0.2);

  spec = Minimal();
  spec.set_referable_threshold(0);
  FillThresholds(DecisionRule(), &spec);
  EXPECT_EQ(spec.referable_threshold(), 0);
  EXPECT_EQ(spec.vision_threatening_threshold(), 0.5);
}

TEST(EvaluationSpecTest, NamesWhatIsWrong) {
  const std::pair<std::function<void(v1::EvaluationSpec*)>, const char*> cases[] = {
      {[](auto* spec) { spec->set_model("m"); }, "spec.model: "},
      {[](auto* spec) { spec->set_dataset("d"); }, "spec.dataset: "},
      {[](auto* spec) { spec->set_part(static_cast<v1::Part>(9)); }, "part"},
      {[](auto* spec) { spec->set_resamples(0); }, "spec.resamples: is 0, allowed are 1 to 100000"},
      {[](auto* spec) { spec->set_referable_threshold(1.5); },
       "spec.referable_threshold: is 1.5, allowed is 0 to 1"},
      {[](auto* spec) { spec->set_vision_threatening_threshold(-0.1); },
       "spec.vision_threatening_threshold: is -0.1"}};
  for (const auto& [spoil, text] : cases) {
    v1::EvaluationSpec spec = Minimal();
    spoil(&spec);
    const absl::Status status = ResolveEvaluationSpec(&spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

TEST(EvaluationSpecTest, PhotographsAreLoadedAsTheVersionWantsThem) {
  v1::EvaluationSpec spec = Minimal();
  spec.set_threads(3);
  Manifest manifest;
  manifest.architecture = Architecture::kResNet50;
  manifest.preprocess.crop_size = 192;
  manifest.test_time_views = 2;
  const v1::TrainingSpec execution = ExecutionSpec(spec, manifest);
  EXPECT_EQ(execution.dataset(), "datasets/d");
  EXPECT_EQ(execution.init(), "models/m");
  EXPECT_EQ(execution.architecture(), v1::ARCHITECTURE_RESNET50);
  EXPECT_EQ(execution.preprocess().crop_size(), 192);
  EXPECT_EQ(execution.threads(), 3);
  EXPECT_EQ(execution.recipe().test_time_views(), 2);
  EXPECT_EQ(execution.recipe().validation_share(), 0);
}

}  // namespace
}  // namespace fovea
