// The quality gate in the engine: what is refused, what it costs, what is counted.
#include <gmock/gmock.h>

#include "absl/synchronization/notification.h"
#include "server/serving/engine.h"
#include "tests/server/serving/serving_fixture.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EngineGateTest : public ServingTest {
 protected:
  EngineGateTest() : models_(registry_.get(), &metrics_, {}) { Publish("dr", 1); }

  void Start(const QualityGateOptions& gate = {}) {
    engine_ = std::make_unique<Engine>(&models_, &metrics_, EngineOptions{.quality_gate = gate});
  }

  Classification Classify(const std::string& photograph, bool grade_anyway = false,
                          const std::string& model = "models/dr") {
    absl::Notification there;
    absl::StatusOr<Classification> answer;
    engine_->Submit({.model = model,
                     .image = photograph,
                     .grade_anyway = grade_anyway,
                     .done =
                         [&](absl::StatusOr<Classification> result) {
                           answer = std::move(result);
                           there.Notify();
                         }},
                    Admission::kRefuseWhenFull);
    there.WaitForNotification();
    return answer.value();
  }

  // Of the counter `name`, that with this label.
  double Count(const std::string& name, const std::string& label, const std::string& value) const {
    for (const prometheus::MetricFamily& family : metrics_.registry()->Collect()) {
      if (family.name != name) continue;
      for (const prometheus::ClientMetric& metric : family.metric) {
        for (const auto& entry : metric.label) {
          if (entry.name == label && entry.value == value) return metric.counter.value;
        }
      }
    }
    return 0;
  }
  uint64_t BatchesRun() const {
    for (const prometheus::MetricFamily& family : metrics_.registry()->Collect()) {
      if (family.name == "fovea_classify_batch_size") {
        return family.metric.front().histogram.sample_count;
      }
    }
    return 0;
  }

  ServedModels models_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineGateTest, ARefusedPhotographCostsNoInference) {
  Start();
  const Classification answer = Classify(UngradablePhotograph());
  EXPECT_TRUE(answer.ungradable());
  EXPECT_EQ(answer.grade, -1);
  EXPECT_THAT(answer.logits, IsEmpty());
  EXPECT_THAT(answer.quality->reasons, testing::Contains(QualityReason::kNotAFundus));
  EXPECT_EQ(answer.served->name, "models/dr/versions/1");
  EXPECT_GE(answer.total, answer.decode + answer.preprocess);
  EXPECT_EQ(BatchesRun(), 0u);
  EXPECT_EQ(engine_->QueueDepth(), 0);
  EXPECT_EQ(SumOf("fovea_classified_images_total"), 0);
}

TEST_F(EngineGateTest, GradeAnywayRunsTheNetworkAndKeepsTheFindings) {
  Start();
  const Classification answer = Classify(UngradablePhotograph(), /*grade_anyway=*/true);
  EXPECT_FALSE(answer.ungradable());
  EXPECT_EQ(answer.logits.size(), 5u);
  EXPECT_FALSE(answer.quality->gradable());
  EXPECT_EQ(BatchesRun(), 1u);
}

TEST_F(EngineGateTest, AGoodPhotographIsGradedAsWithoutTheGate) {
  Start();
  const Classification with = Classify(Photograph());
  ASSERT_TRUE(with.quality.has_value());
  EXPECT_TRUE(with.quality->gradable());
  Start({.enabled = false});
  const Classification without = Classify(Photograph());
  EXPECT_FALSE(without.quality.has_value());
  EXPECT_EQ(with.logits, without.logits);
}

TEST_F(EngineGateTest, ModelsOfOtherThingsHaveNoGate) {
  PublishTestVersion(*registry_, {.model_id = "pets", .class_names = {"cat", "dog", "fish"}})
      .value();
  Start();
  const Classification answer = Classify(UngradablePhotograph(), false, "models/pets");
  EXPECT_FALSE(answer.ungradable());
  EXPECT_FALSE(answer.quality.has_value());
}

TEST_F(EngineGateTest, TooFewPixelsAreAFinding) {
  Start();
  const std::string small = EncodeJpeg(PaintPhantom({.patient = 7, .width = 80, .height = 63}));
  EXPECT_THAT(Classify(small).quality->reasons, ElementsAre(QualityReason::kTooSmall));
  Start({.thresholds = {.min_short_side = 63}});
  EXPECT_THAT(Classify(small).quality->reasons, IsEmpty());
}

TEST_F(EngineGateTest, ThresholdsDecide) {
  Start({.thresholds = {.min_brightness = 0.95}});
  EXPECT_THAT(Classify(Photograph()).quality->reasons, ElementsAre(QualityReason::kTooDark));
}

TEST_F(EngineGateTest, OutcomesAndReasonsAreCounted) {
  Start();
  Classify(Photograph());
  Classify(UngradablePhotograph());
  Classify(UngradablePhotograph());
  Classify(UngradablePhotograph(), /*grade_anyway=*/true);
  engine_->Stop();
  constexpr char kOutcomes[] = "fovea_quality_assessed_images_total";
  EXPECT_EQ(Count(kOutcomes, "outcome", "gradable"), 1);
  EXPECT_EQ(Count(kOutcomes, "outcome", "ungradable"), 2);
  EXPECT_EQ(Count(kOutcomes, "outcome", "graded_anyway"), 1);
  EXPECT_EQ(Count("fovea_quality_findings_total", "reason", "not_a_fundus"), 3);
  EXPECT_EQ(SumOf("fovea_classified_images_total"), 2);
}

}  // namespace
}  // namespace fovea
