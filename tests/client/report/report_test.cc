// Reports from canned events, with the real gnuplot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "client/report/arms.h"
#include "client/report/gnuplot.h"
#include "client/report/page.h"
#include "client/report/tables.h"
#include "common/base/file.h"
#include "tests/client/report/canned.h"

namespace fovea::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<std::string> LabelsOf(const std::vector<Arm>& arms) {
  std::vector<std::string> labels;
  for (const Arm& arm : arms) labels.push_back(arm.label);
  return labels;
}

ReportData Grid() {
  ReportData data;
  data.title = "Experiment grid";
  for (const char* init : {"models/m/versions/1", "random"}) {
    for (const auto weighting : {v1::CLASS_WEIGHTING_NONE, v1::CLASS_WEIGHTING_LAB}) {
      data.runs.push_back(MakeRun(
          {.label = absl::StrCat(std::string(init) == "random" ? "random" : "pretrained", ", ",
                                 weighting == v1::CLASS_WEIGHTING_LAB ? "weighted" : "unweighted"),
           .init = init,
           .weighting = weighting}));
    }
  }
  return data;
}

class ReportTest : public ::testing::Test {
 protected:
  void SetUp() override { dir_ = *MakeTempDir("fovea-report"); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string dir_;
};

TEST(ArmsTest, SeedsAreOneArm) {
  ReportData data;
  for (const uint64_t seed : {3, 4}) {
    for (const char* init : {"random", "models/x"}) {
      data.runs.push_back(
          MakeRun({.label = absl::StrCat(init, ", seed ", seed), .init = init, .seed = seed}));
    }
  }
  const std::vector<Arm> arms = ArmsOf(data);
  EXPECT_THAT(LabelsOf(arms), ElementsAre("random", "models/x"));
  EXPECT_EQ(arms[0].runs.size(), 2u);
}

TEST(ArmsTest, PanelsSetInitialWeightsSideBySide) {
  const ReportData data = Grid();
  const std::vector<Panel> panels = ComparisonPanels(ArmsOf(data));
  ASSERT_EQ(panels.size(), 2u);
  EXPECT_EQ(panels[0].title, "unweighted");
  EXPECT_THAT(LabelsOf(panels[0].arms), ElementsAre("pretrained", "random"));
  EXPECT_EQ(panels[1].title, "weighted");
  std::vector<Arm> arms = ArmsOf(data);
  EXPECT_TRUE(SortByWeighting(&arms));
  EXPECT_THAT(LabelsOf(arms), ElementsAre("pretrained, weighted", "pretrained, unweighted",
                                          "random, weighted", "random, unweighted"));
}

TEST(TakeEventTest, EpochsAfterACheckpointReplaceEarlierOnes) {
  ReportRun run = MakeRun({.label = "run"});
  TakeEvent(CannedEpoch(2, 0.9), &run);
  ASSERT_EQ(run.epochs.size(), 2u);
  EXPECT_EQ(HighestEpoch(run)->test().accuracy(), 0.9);
  EXPECT_EQ(KeptEpoch(run)->epoch(), 2);
}

TEST(DifferencesTableTest, LaterRunsSayOnlyWhatDiffersFromTheFirst) {
  const DataTable table = DifferencesTable(Grid());
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_THAT(table.rows[0],
              ElementsAre("pretrained, unweighted",
                          "init = models/m/versions/1, recipe.class_weighting = none"));
  EXPECT_THAT(table.rows[1],
              ElementsAre("pretrained, weighted", "recipe.class_weighting = lab"));
  EXPECT_THAT(table.rows[2], ElementsAre("random, unweighted", "init = random"));
}

TEST_F(ReportTest, PageIsSelfContainedAndFiguresAreFiles) {
  ASSERT_TRUE(WriteReport(Grid(), dir_).ok());
  const std::string html = *ReadFile(dir_ + "/index.html");
  for (const char* name : {"accuracy", "kappa", "loss", "learning-rate", "confusion", "intervals",
                           "reliability", "roc"}) {
    EXPECT_THAT(*ReadFile(absl::StrCat(dir_, "/figures/", name, ".png")), HasSubstr("PNG"));
    EXPECT_THAT(*ReadFile(absl::StrCat(dir_, "/figures/", name, ".svg")), HasSubstr("</svg>"));
  }
  EXPECT_EQ(CountOf(html, "<svg"), 8);
  for (const char* elsewhere :
       {"<script", "<link", "<img", "src=", "href=\"http", "href='http", "@import", "<?xml"}) {
    EXPECT_THAT(html, Not(HasSubstr(elsewhere)));
  }
  // Names within figures are of one figure each.
  EXPECT_EQ(CountOf(html, "id=\"figure-1-gnuplot_canvas\""), 1);
  EXPECT_THAT(html, Not(HasSubstr("id=\"gnuplot_canvas\"")));
  EXPECT_THAT(html, HasSubstr("4 of 4 runs trained, 4 evaluated"));
  EXPECT_THAT(html, HasSubstr("0.500 (0.400\u00a0to\u00a00.600)"));
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">2 of 3</td>"));
  EXPECT_THAT(html, HasSubstr("Not a medical device"));
  EXPECT_THAT(html, Not(HasSubstr("figures of the test part flatter")));
}

TEST_F(ReportTest, SharedPatientsAreSaidWhereverFiguresAre) {
  ReportData data = Grid();
  data.runs[0].started.set_parts_share_patients(true);
  ASSERT_TRUE(WriteReport(data, dir_).ok());
  EXPECT_EQ(CountOf(*ReadFile(dir_ + "/index.html"), "figures of the test part flatter"), 5);
}

TEST_F(ReportTest, DifferencesToTheFirstArmHaveIntervals) {
  ReportData data = Grid();
  data.runs[1].against = "pretrained, unweighted";
  v1::MetricDifference& kappa = *data.runs[1].comparison.emplace().add_metrics();
  kappa.set_name("quadratic_weighted_kappa");
  kappa.set_difference(0.05);
  kappa.set_low(-0.01);
  kappa.set_high(0.11);
  kappa.set_p_value(0.125);
  ASSERT_TRUE(WriteReport(data, dir_).ok());
  const std::string html = *ReadFile(dir_ + "/index.html");
  EXPECT_THAT(html, HasSubstr("Differences to pretrained, unweighted"));
  EXPECT_THAT(html,
              HasSubstr("+0.050 (-0.010\u00a0to\u00a0+0.110)</td><td class=\"number\">0.125"));
}

TEST_F(ReportTest, TextFromElsewhereIsHarmless) {
  const std::string evil =
      "<script>alert(1)</script> & \"q\" 'x' `touch " + dir_ + "/pwned` \x1b[2J\n@a";
  ReportData data;
  data.title = evil;
  data.runs = {MakeRun({.label = evil}), MakeRun({.label = "other", .init = evil})};
  data.runs[0].started.set_class_names(0, evil);
  data.runs[0].job.set_error(evil);
  ASSERT_TRUE(WriteReport(data, dir_).ok());
  const std::string html = *ReadFile(dir_ + "/index.html");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html,
              HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot; &#39;x&#39;"));
  EXPECT_THAT(html, Not(HasSubstr("\x1b")));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/pwned"));
}

TEST_F(ReportTest, WhatIsNotThereYetIsLeftOut) {
  ReportData data;
  ReportRun run;
  run.label = "queued";
  run.job.set_state(v1::JOB_STATE_QUEUED);
  data.runs.push_back(run);
  ASSERT_TRUE(WriteReport(data, dir_).ok());
  const std::string html = *ReadFile(dir_ + "/index.html");
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
  EXPECT_THAT(html, HasSubstr("There is no evaluation yet"));
}

TEST_F(ReportTest, GnuplotThatIsMissingIsNamed) {
  const std::string path = getenv("PATH");
  setenv("PATH", dir_.c_str(), 1);
  const absl::Status status = WriteReport(Grid(), dir_);
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("install the Debian package gnuplot-nox"));
}

TEST_F(ReportTest, GnuplotsOwnErrorIsTold) {
  const auto drawn = Draw(dir_, {.name = "x", .script = "plot nonsense(\n"});
  EXPECT_EQ(drawn.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(drawn.status().message()), HasSubstr("figure x (exit code 1): "));
}

}  // namespace
}  // namespace fovea::client
