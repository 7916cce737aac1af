// Metrics are what scikit-learn and SciPy give; see make_metrics_golden.py.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/evaluation/mcnemar.h"
#include "common/evaluation/report.h"
#include "common/evaluation/temperature.h"
#include "common/evaluation/threshold_choice.h"

namespace fovea {
namespace {

using nlohmann::json;

constexpr char kPython[] = FOVEA_SOURCE_DIR "/.venv/bin/python";
constexpr char kScript[] = FOVEA_SOURCE_DIR "/tests/parity/make_metrics_golden.py";
constexpr double kTolerance = 1e-9;
// As in the script.
constexpr DecisionThresholds kThresholds = {.referable = 0.5, .vision_threatening = 0.3};

// null: not finite.
void ExpectEqual(double value, const json& expected, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_FALSE(std::isfinite(value)) << what << " is " << value;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), kTolerance) << what;
  }
}

// `value_of` takes an element of `values`.
template <typename List, typename ValueOf>
void ExpectListEqual(const List& values, const json& expected, const std::string& what,
                     const ValueOf& value_of) {
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (size_t i = 0; i < values.size(); ++i) {
    ExpectEqual(static_cast<double>(value_of(values[i])), expected[i], absl::StrCat(what, " ", i));
  }
}

template <typename List>
void ExpectListEqual(const List& values, const json& expected, const std::string& what) {
  ExpectListEqual(values, expected, what, [](const auto& value) { return value; });
}

void CheckConfusion(const ConfusionMatrix& confusion, const json& golden) {
  ExpectListEqual(confusion.counts(), golden["confusion_counts"], "counts");
  ExpectListEqual(confusion.Normalised(NormaliseOver::kTrue), golden["confusion_true"], "true");
  ExpectListEqual(confusion.Normalised(NormaliseOver::kPredicted), golden["confusion_pred"],
                  "pred");
  ExpectListEqual(confusion.Normalised(NormaliseOver::kAll), golden["confusion_all"], "all");
}

void CheckClasses(const std::vector<ClassReport>& classes, const json& golden) {
  const auto check = [&](const std::string& key, const auto& value_of) {
    ExpectListEqual(classes, golden[key], key, value_of);
  };
  check("precision", [](const ClassReport& c) { return c.scores.precision; });
  check("recall", [](const ClassReport& c) { return c.scores.recall; });
  check("f1", [](const ClassReport& c) { return c.scores.f1; });
  check("support", [](const ClassReport& c) { return c.scores.support; });
  check("roc_auc", [](const ClassReport& c) { return c.roc_auc; });
  check("average_precision", [](const ClassReport& c) { return c.average_precision; });
}

void CheckBins(const std::vector<ReliabilityBin>& bins, const json& golden) {
  ExpectListEqual(bins, golden["images"], "images of bin",
                  [](const ReliabilityBin& bin) { return bin.images; });
  ExpectListEqual(bins, golden["accuracy"], "accuracy of bin",
                  [](const ReliabilityBin& bin) { return bin.accuracy; });
  ExpectListEqual(bins, golden["mean_confidence"], "confidence of bin",
                  [](const ReliabilityBin& bin) { return bin.mean_confidence; });
}

void CheckCurves(const ScreeningReport& report, const json& golden) {
  const json& roc = golden["roc"];
  ExpectListEqual(report.roc_curve, roc[0], "ROC threshold",
                  [](const RocPoint& point) { return point.threshold; });
  ExpectListEqual(report.roc_curve, roc[1], "false positive rate",
                  [](const RocPoint& point) { return point.false_positive_rate; });
  ExpectListEqual(report.roc_curve, roc[2], "true positive rate",
                  [](const RocPoint& point) { return point.true_positive_rate; });
  const json& precision_recall = golden["precision_recall"];
  if (precision_recall.empty()) {
    EXPECT_TRUE(report.precision_recall_curve.empty());
    return;
  }
  ExpectListEqual(report.precision_recall_curve, precision_recall[0], "PR threshold",
                  [](const PrecisionRecallPoint& point) { return point.threshold; });
  ExpectListEqual(report.precision_recall_curve, precision_recall[1], "precision",
                  [](const PrecisionRecallPoint& point) { return point.precision; });
  ExpectListEqual(report.precision_recall_curve, precision_recall[2], "recall",
                  [](const PrecisionRecallPoint& point) { return point.recall; });
}

void CheckChoices(const Ranking& ranking, const json& golden, const json& floors) {
  const std::vector<ThresholdCounts> counts = ranking.Counts();
  if (!golden.contains("youden")) {
    EXPECT_FALSE(HighestYouden(counts).ok());
    return;
  }
  ExpectEqual(*HighestYouden(counts), golden["youden"], "Youden's threshold");
  for (size_t i = 0; i < floors.size(); ++i) {
    ExpectEqual(*HighestSpecificity(counts, floors[i].get<double>()), golden["specificity"][i],
                absl::StrCat("threshold for sensitivity ", floors[i].dump()));
  }
}

class SklearnParityTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string probe = absl::StrCat("'", kPython, "' -c 'import sklearn' 2>/dev/null");
    if (std::system(probe.c_str()) != 0) {
      GTEST_SKIP() << "no Python with scikit-learn: run scripts/bootstrap.sh";
    }
    dir_ = *MakeTempDir("metrics-parity");
    const std::string command =
        absl::StrCat("'", kPython, "' '", kScript, "' '", dir_, "/golden.json'");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    golden_ = json::parse(*ReadFile(JoinPath(dir_, "golden.json")));
  }
  void TearDown() override {
    if (!dir_.empty()) (void)RemoveAll(dir_);
  }

  std::string dir_;
  json golden_;
};

TEST_F(SklearnParityTest, Evaluations) {
  ASSERT_GT(golden_["evaluations"].size(), 15u);
  for (const json& golden : golden_["evaluations"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const Predictions predictions = {
        .num_classes = golden["num_classes"],
        .labels = golden["labels"],
        .probabilities = golden["probabilities"],
    };
    const absl::StatusOr<EvaluationReport> report = EvaluatePredictions(
        predictions, {.thresholds = kThresholds, .bootstrap = {.resamples = 2}});
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(golden["metrics"].size(), kMetricCount);
    for (size_t i = 0; i < kMetricCount; ++i) {
      const std::string name(MetricName(static_cast<Metric>(i)));
      ExpectEqual(report->metrics[i].value, golden["metrics"].at(name), name);
    }
    CheckConfusion(report->confusion, golden);
    CheckClasses(report->classes, golden["classes"]);
    CheckBins(report->reliability, golden["bins"]);
    CheckCurves(report->referable, golden["referable"]);
    CheckCurves(report->vision_threatening, golden["vision_threatening"]);
    CheckChoices(Ranking(GradeAtLeast(predictions, kReferableGrade)), golden["referable"],
                 golden_["floors"]);
    CheckChoices(Ranking(GradeAtLeast(predictions, kVisionThreateningGrade)),
                 golden["vision_threatening"], golden_["floors"]);
  }
}

TEST_F(SklearnParityTest, Temperatures) {
  for (const json& golden : golden_["temperatures"]) {
    const Logits logits = {.num_classes = golden["num_classes"], .values = golden["logits"]};
    const absl::StatusOr<double> temperature =
        FitTemperature(logits, golden["labels"].get<std::vector<int>>());
    ASSERT_TRUE(temperature.ok()) << temperature.status();
    ExpectEqual(*temperature, golden["temperature"], "temperature");
    ExpectListEqual(Softmax(logits, *temperature), golden["probabilities"], "probability");
  }
}

TEST_F(SklearnParityTest, McNemar) {
  for (const json& golden : golden_["mcnemar"]) {
    const McNemarResult result = McNemarTest(golden["b"], golden["c"]);
    ExpectEqual(result.statistic, golden["statistic"], golden.dump());
    ExpectEqual(result.p_value, golden["p"], golden.dump());
  }
}

TEST_F(SklearnParityTest, Intervals) {
  for (const json& golden : golden_["intervals"]) {
    const Interval interval = PercentileInterval(golden["values"]);
    ExpectEqual(interval.low, golden["low"], "low");
    ExpectEqual(interval.high, golden["high"], "high");
  }
}

}  // namespace
}  // namespace fovea
