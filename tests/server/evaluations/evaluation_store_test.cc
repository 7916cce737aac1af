#include "server/evaluations/evaluation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "common/base/file.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kCsv[] =
    "path,patient,label,predicted,probability_0,probability_1\n"
    "\"a \"\"b\"\".jpeg\",\"p1\",0,0,0.75,0.25\n"
    "\"c.jpeg\",\"\",1,0,0.625,0.375\n";

class EvaluationStoreTest : public testing::Test {
 protected:
  EvaluationStoreTest() : dir_(*MakeTempDir("fovea-evaluations")) { Reopen(); }
  ~EvaluationStoreTest() override { (void)RemoveAll(dir_); }

  void Reopen() { store_ = EvaluationStore::Open(dir_ + "/evaluations").value(); }

  // A staged evaluation of models/m/versions/`version`.
  std::string Stage(const std::string& id, int version, const std::string& csv = kCsv) {
    v1::Evaluation record;
    record.set_name("evaluations/" + id);
    record.mutable_spec()->set_model("models/m/versions/" + std::to_string(version));
    record.add_class_names("no");
    record.add_class_names("yes");
    record.mutable_report()->set_images(2);
    v1::Metric* const metric = record.mutable_report()->add_metrics();
    metric->set_name("accuracy");
    metric->set_value(std::nan(""));
    record.mutable_report()->mutable_referable()->add_roc_curve()->set_threshold(
        std::numeric_limits<double>::infinity());
    const std::string staged = dir_ + "/staged-" + id;
    EXPECT_TRUE(MakeDirs(staged).ok());
    EXPECT_TRUE(WriteEvaluationRecord(staged, record).ok());
    EXPECT_TRUE(WriteFileAtomic(JoinPath(staged, kPredictionsFile), csv).ok());
    return staged;
  }
  std::vector<std::string> Names(const std::string& after, int limit, const std::string& model) {
    std::vector<std::string> names;
    for (const v1::Evaluation& one : store_->List(after, limit, model)) names.push_back(one.name());
    return names;
  }

  const std::string dir_;
  std::unique_ptr<EvaluationStore> store_;
};

TEST_F(EvaluationStoreTest, KeepsRecordsAndPredictionsOverReopening) {
  EXPECT_EQ(store_->Publish("e1", Stage("e1", 1)).value(), "evaluations/e1");
  Reopen();
  const v1::Evaluation record = store_->Get("e1").value();
  EXPECT_TRUE(std::isnan(record.report().metrics(0).value()));
  EXPECT_TRUE(std::isinf(record.report().referable().roc_curve(0).threshold()));
  const GradedPhotographs graded = store_->Predictions("e1").value();
  EXPECT_THAT(graded.paths, ElementsAre("a \"b\".jpeg", "c.jpeg"));
  EXPECT_THAT(graded.predictions.patients, ElementsAre("p1", ""));
  EXPECT_THAT(graded.predictions.labels, ElementsAre(0, 1));
  EXPECT_THAT(graded.predictions.probabilities, ElementsAre(0.75, 0.25, 0.625, 0.375));
}

TEST_F(EvaluationStoreTest, PublishingTwiceIsPublishingOnce) {
  ASSERT_TRUE(store_->Publish("e1", Stage("e1", 1)).ok());
  EXPECT_EQ(store_->Publish("e1", dir_ + "/gone").value(), "evaluations/e1");
  EXPECT_FALSE(store_->Publish("e2", dir_ + "/gone").ok());
}

TEST_F(EvaluationStoreTest, ListsByPagesAndByModelWithoutCurves) {
  for (const char* id : {"e3", "e1", "e2"}) {
    ASSERT_TRUE(store_->Publish(id, Stage(id, id[1] == '2' ? 2 : 1)).ok());
  }
  EXPECT_THAT(Names("", 2, ""), ElementsAre("evaluations/e1", "evaluations/e2"));
  EXPECT_THAT(Names("e2", 2, ""), ElementsAre("evaluations/e3"));
  EXPECT_THAT(Names("", 9, "models/m/versions/1"),
              ElementsAre("evaluations/e1", "evaluations/e3"));
  EXPECT_EQ(store_->List("", 1, "")[0].report().referable().roc_curve_size(), 0);
  EXPECT_EQ(store_->Get("e1")->report().referable().roc_curve_size(), 1);
}

TEST_F(EvaluationStoreTest, DeletesForGood) {
  ASSERT_TRUE(store_->Publish("e1", Stage("e1", 1)).ok());
  EXPECT_TRUE(store_->Delete("e1").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->Delete("e1")));
  EXPECT_TRUE(absl::IsNotFound(store_->Get("e1").status()));
  EXPECT_TRUE(fs::is_empty(dir_ + "/evaluations"));
  Reopen();
  EXPECT_TRUE(Names("", 9, "").empty());
}

TEST_F(EvaluationStoreTest, DamageIsSaidAndNothingElseLost) {
  ASSERT_TRUE(store_->Publish("e1", Stage("e1", 1)).ok());
  ASSERT_TRUE(store_->Publish("e2", Stage("e2", 1, "path\nx\n")).ok());
  EXPECT_THAT(std::string(store_->Predictions("e2").status().message()),
              HasSubstr("line 2 is not a prediction"));
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/evaluations/e2/evaluation.json", "{").ok());
  Reopen();
  EXPECT_THAT(Names("", 9, ""), ElementsAre("evaluations/e1"));
}

}  // namespace
}  // namespace fovea
