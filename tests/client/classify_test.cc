// Labels and scores of classified photographs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "client/classify/labels.h"
#include "client/classify/score.h"
#include "common/base/file.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;

class LabelsTest : public ::testing::Test {
 protected:
  void SetUp() override { dir_ = *MakeTempDir("fovea-labels"); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(JoinPath(dir_, name)) << text;
    return JoinPath(dir_, name);
  }
  std::string dir_;
};

TEST_F(LabelsTest, WithAndWithoutHeaderByStem) {
  const auto labels = Labels::FromCsv(Write("a.csv", "image,level\r\n10_left,2\r\nb.png,0\r\n"));
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_EQ(labels->Of("deep/10_left.jpeg"), 2);
  EXPECT_EQ(labels->Of("b.PNG"), 0);
  EXPECT_EQ(labels->Of("c.png"), std::nullopt);
}

TEST_F(LabelsTest, Refusals) {
  EXPECT_THAT(Labels::FromCsv(Write("a", "x,1\ny,two\n")).status().message(),
              HasSubstr("line 2: 'two' is not a grade"));
  EXPECT_THAT(Labels::FromCsv(Write("b", "x,1\nx,2\n")).status().message(),
              HasSubstr("two grades"));
  EXPECT_FALSE(Labels::FromLabCsvs(Write("c", "x\ny\n"), Write("d", "1\n")).ok());
}

TEST(ScoreTest, ManyClassesHaveNoTable) {
  Score score;
  score.Add(11, 0);
  EXPECT_THAT(RenderScore(score, {}), HasSubstr("TRUE"));
  score.Add(199, 0);
  EXPECT_THAT(RenderScore(score, {}), HasSubstr("counts of 200 classes are in"));
}

TEST(ScoreTest, AccuracyBaselineKappa) {
  Score score;
  score.Add(0, 0);
  score.Add(0, 0);
  score.Add(0, 1);
  score.Add(1, 1);
  EXPECT_DOUBLE_EQ(score.Accuracy(), 0.75);
  EXPECT_DOUBLE_EQ(score.MajorityBaseline(), 0.75);
  EXPECT_DOUBLE_EQ(score.Kappa(), 0.5);
  Score constant;
  constant.Add(0, 0);
  EXPECT_TRUE(std::isnan(constant.Kappa()));
  EXPECT_THAT(ScoreJsonLine(constant, {}), HasSubstr("\"kappa\":null"));
}

}  // namespace
}  // namespace fovea::client
