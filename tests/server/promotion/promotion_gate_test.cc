#include "server/promotion/promotion_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "tests/common/dataset/temp_folder.h"
#include "tests/testing/stored_evaluation.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// models/dr has three versions; production is version 1, which is right about 70 % of data set eyes.
class PromotionGateTest : public testing::Test {
 protected:
  PromotionGateTest() {
    for (const char* weights : {"one", "two", "three"}) Publish(weights);
    EXPECT_TRUE(registry_->SetAlias("dr", "production", 1).ok());
    Evaluate({.id = "first", .model = Version(1)});
    request_.set_model("models/dr");
    request_.set_alias("production");
    request_.set_version(2);
  }

  void Publish(const std::string& weights) {
    Manifest manifest;
    manifest.num_classes = 5;
    manifest.class_names = {"0", "1", "2", "3", "4"};
    manifest.preprocess_fingerprint = PreprocessFingerprint(manifest.preprocess);
    manifest.weights_sha256 = Sha256Hex(weights);
    manifest.weights_bytes = static_cast<int64_t>(weights.size());
    manifest.provenance.kind = "trained";
    manifest.provenance.dataset = "datasets/eyes";
    manifest.provenance.dataset_fingerprint = "eyes";
    folder_.Write("staged/weights.safetensors", weights);
    folder_.Write("staged/manifest.json", ManifestToJson(manifest));
    EXPECT_TRUE(registry_->Publish("dr", folder_ / "staged", "").ok());
  }
  static std::string Version(int number) { return absl::StrCat("models/dr/versions/", number); }
  void Evaluate(const TestEvaluation& evaluation) {
    PublishTestEvaluation(evaluation, evaluations_.get());
  }
  v1::PromotionConditions& require() { return *request_.mutable_require(); }
  PromotionChecks Check() {
    const auto checks = CheckPromotion(*registry_, *evaluations_, "dr", request_);
    EXPECT_TRUE(checks.ok()) << checks.status();
    return checks.value_or(PromotionChecks());
  }

  const TempFolder folder_;
  const std::unique_ptr<Registry> registry_ = *Registry::Open(folder_ / "models");
  const std::unique_ptr<EvaluationStore> evaluations_ =
      *EvaluationStore::Open(folder_ / "evaluations");
  v1::SetAliasRequest request_;
};

TEST_F(PromotionGateTest, ABetterVersionMeetsEverything) {
  Evaluate({.id = "second", .model = Version(2), .right = 0.9});
  require().set_kappa_not_worse(true);
  require().set_min_kappa(0.5);
  require().set_max_calibration_error(0.5);
  require().set_min_referable_sensitivity(0.6);
  const PromotionChecks checks = Check();
  EXPECT_TRUE(checks.met);
  EXPECT_EQ(checks.current_version, 1);
  EXPECT_THAT(checks.checks,
              ElementsAre(AllOf(StartsWith("evaluation: met: evaluations/second, 300 photographs"),
                                HasSubstr("test part of datasets/eyes")),
                          AllOf(StartsWith("kappa_not_worse: met: kappa 0."),
                                HasSubstr("of version 1"), HasSubstr("evaluations/first")),
                          AllOf(StartsWith("min_kappa: met: 0."), HasSubstr("at least 0.5")),
                          AllOf(StartsWith("max_calibration_error: met: 0."),
                                HasSubstr("at most 0.5")),
                          StartsWith("min_referable_sensitivity: met: 0.")));
}

TEST_F(PromotionGateTest, AWorseVersionIsRefusedWithEveryFigure) {
  Evaluate({.id = "second", .model = Version(2), .right = 0.3});
  require().set_kappa_not_worse(true);
  require().set_min_kappa(0.9);
  const PromotionChecks checks = Check();
  EXPECT_FALSE(checks.met);
  EXPECT_THAT(checks.checks, ElementsAre(StartsWith("evaluation: met"),
                                         StartsWith("kappa_not_worse: not met: kappa 0."),
                                         StartsWith("min_kappa: not met: 0.")));
  const absl::Status status = Refusal("dr", request_, checks);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  for (const std::string& line : checks.checks) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(line));
  }
}

TEST_F(PromotionGateTest, AsGoodAsBeforeIsNotWorse) {
  Evaluate({.id = "second", .model = Version(2), .right = 0.69});
  require().set_kappa_not_worse(true);
  EXPECT_TRUE(Check().met);
}

TEST_F(PromotionGateTest, TheFirstPromotionComparesWithNothing) {
  request_.set_alias("shadow");
  require().set_kappa_not_worse(true);
  PromotionChecks checks = Check();
  EXPECT_TRUE(checks.met);
  EXPECT_EQ(checks.current_version, 0);
  EXPECT_THAT(checks.checks, ElementsAre("kappa_not_worse: met: shadow does not exist yet"));
  require().set_min_kappa(0.1);  // Still needs an evaluation.
  EXPECT_FALSE(Check().met);
}

TEST_F(PromotionGateTest, TheVersionThatIsThereAlreadyIsNotWorse) {
  request_.set_version(1);
  require().set_kappa_not_worse(true);
  EXPECT_TRUE(Check().met);
}

TEST_F(PromotionGateTest, WithoutAnEvaluationItSaysWhatToRun) {
  require().set_min_kappa(0.1);
  const PromotionChecks checks = Check();
  EXPECT_FALSE(checks.met);
  EXPECT_THAT(checks.checks,
              ElementsAre(AllOf(StartsWith("evaluation: not met: models/dr/versions/2 has none"),
                                HasSubstr("fovea evaluation run dr/2 --dataset eyes --watch"))));
}

TEST_F(PromotionGateTest, OtherPhotographsAreNotCompared) {
  Evaluate({.id = "second", .model = Version(2), .right = 0.9, .dataset = "other"});
  require().set_kappa_not_worse(true);
  const PromotionChecks checks = Check();
  EXPECT_FALSE(checks.met);
  EXPECT_THAT(checks.checks.back(),
              AllOf(StartsWith("kappa_not_worse: not met: version 1, which is production now"),
                    HasSubstr("fovea evaluation run dr/1 --dataset other --part test")));
  // Of the same data set, but some were skipped.
  Evaluate({.id = "third", .model = Version(1), .photographs = 298, .dataset = "other"});
  EXPECT_FALSE(Check().met);
  Evaluate({.id = "fourth", .model = Version(1), .dataset = "other"});
  EXPECT_TRUE(Check().met);
}

TEST_F(PromotionGateTest, TakesTheNewestEvaluationOrTheOneThatIsNamed) {
  Evaluate({.id = "new-bad", .model = Version(2), .right = 0.2, .create_seconds = 9});
  Evaluate({.id = "old-good", .model = Version(2), .right = 0.9, .create_seconds = 5});
  require().set_min_kappa(0.7);
  EXPECT_FALSE(Check().met);
  require().set_evaluation("evaluations/old-good");
  EXPECT_TRUE(Check().met);
}

TEST_F(PromotionGateTest, AnEvaluationOfAnotherVersionOrNoneAtAllIsAnError) {
  require().set_min_kappa(0.1);
  require().set_evaluation("evaluations/first");
  const auto other = CheckPromotion(*registry_, *evaluations_, "dr", request_);
  EXPECT_TRUE(absl::IsInvalidArgument(other.status()));
  EXPECT_THAT(std::string(other.status().message()),
              HasSubstr("is of models/dr/versions/1, not of models/dr/versions/2"));
  require().set_evaluation("evaluations/never");
  EXPECT_TRUE(absl::IsNotFound(
      CheckPromotion(*registry_, *evaluations_, "dr", request_).status()));
  request_.set_version(9);
  EXPECT_TRUE(absl::IsNotFound(
      CheckPromotion(*registry_, *evaluations_, "dr", request_).status()));
}

TEST_F(PromotionGateTest, PhotographsOfItsTrainingDoNotCount) {
  Evaluate({.id = "flattering", .model = Version(2), .right = 1, .part = v1::PART_TRAIN});
  require().set_min_kappa(0.5);
  EXPECT_FALSE(Check().met);
  require().set_evaluation("evaluations/flattering");
  const PromotionChecks checks = Check();
  EXPECT_FALSE(checks.met);
  EXPECT_THAT(checks.checks.front(),
              AllOf(StartsWith("evaluation: not met"), HasSubstr("it was trained with")));
  // The training part of another data set is as good as any.
  Evaluate({.id = "foreign",
            .model = Version(2),
            .right = 0.9,
            .dataset = "other",
            .part = v1::PART_TRAIN});
  require().clear_evaluation();
  EXPECT_TRUE(Check().met);
}

TEST_F(PromotionGateTest, SensitivityNeedsTheFiveGrades) {
  Evaluate({.id = "two", .model = Version(2), .right = 0.9, .classes = 2});
  require().set_min_referable_sensitivity(0.1);
  const PromotionChecks checks = Check();
  EXPECT_FALSE(checks.met);
  EXPECT_THAT(checks.checks.back(), HasSubstr("does not have the five grades"));
}

TEST_F(PromotionGateTest, NoConditionsAskForNothing) {
  require();
  const PromotionChecks checks = Check();
  EXPECT_TRUE(checks.met);
  EXPECT_THAT(checks.checks, IsEmpty());
}

TEST(ValidateConditionsTest, RefusesFiguresOutOfRange) {
  v1::PromotionConditions conditions;
  EXPECT_TRUE(ValidateConditions(conditions).ok());
  conditions.set_min_kappa(1.5);
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateConditions(conditions)));
  conditions.set_min_kappa(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateConditions(conditions)));
  conditions.set_min_kappa(-1);
  conditions.set_max_calibration_error(-0.1);
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateConditions(conditions)));
  conditions.set_max_calibration_error(0);
  conditions.set_min_referable_sensitivity(2);
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateConditions(conditions)));
}

}  // namespace
}  // namespace fovea
