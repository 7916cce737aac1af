// Feedback from files, request ids, and what is said of models in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "client/classify/classifier.h"
#include "client/feedback/feedback_csv.h"
#include "client/model/render.h"
#include "common/base/file.h"

namespace fovea::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class FeedbackCsvTest : public ::testing::Test {
 protected:
  ~FeedbackCsvTest() override { RemoveAll(dir_).IgnoreError(); }
  absl::StatusOr<std::vector<FeedbackRow>> Read(const std::string& text) const {
    EXPECT_TRUE(WriteFileAtomic(dir_ + "/f.csv", text).ok());
    return ReadFeedbackCsv(dir_ + "/f.csv");
  }
  const std::string dir_ = *MakeTempDir("fovea-feedback");
};

TEST_F(FeedbackCsvTest, WithAndWithoutHeader) {
  const auto rows = Read("request_id,grade,remark\n\"a,b\",2,x\nc,0,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].request_id, "a,b");
  EXPECT_EQ((*rows)[0].grade, 2);
  EXPECT_EQ((*rows)[1].line, 3);
  EXPECT_EQ(Read("a,1\n")->size(), 1u);
}

TEST_F(FeedbackCsvTest, Refusals) {
  EXPECT_THAT(std::string(Read("a,1\nb,two\n").status().message()),
              HasSubstr("line 2: 'two' is not a grade"));
  EXPECT_THAT(std::string(Read("a\n").status().message()), HasSubstr("line 1: is not"));
  EXPECT_THAT(std::string(Read("request_id,grade\n").status().message()), HasSubstr("has no line"));
}

TEST(RequestIdsTest, OneIsItselfAndManyAreNumbered) {
  EXPECT_THAT(RequestIds("mine", 1), ElementsAre("mine"));
  EXPECT_THAT(RequestIds("mine", 3), ElementsAre("mine-1", "mine-2", "mine-3"));
  const std::set<std::string> made = {RequestIds("", 1)[0], RequestIds("", 1)[0]};
  EXPECT_EQ(made.size(), 2u);
  EXPECT_EQ(made.begin()->size(), 32u);
}

v1::ModelVersion InUse(double index) {
  v1::ModelVersion version;
  version.add_class_names("No DR");
  version.add_class_names("DR");
  v1::LiveMetrics& live = *version.mutable_live();
  live.set_answers(120);
  live.add_answer_counts(100);
  live.add_answer_counts(20);
  live.set_feedback(1);
  live.set_accuracy(1);
  live.set_kappa(std::nan(""));
  live.set_population_stability_index(index);
  return version;
}

TEST(RenderLiveTest, SaysWhatDriftMeans) {
  EXPECT_EQ(RenderLive(v1::ModelVersion(), {}), "");
  EXPECT_THAT(RenderLive(InUse(0.05), {}),
              AllOf(HasSubstr("No DR 100, DR 20"), HasSubstr("on 1 answer: accuracy 1.0000, kappa -"),
                    HasSubstr("index 0.050, little"), Not(HasSubstr("ungradable"))));
  EXPECT_THAT(RenderLive(InUse(0.2), {}), HasSubstr("index 0.200, some"));
  EXPECT_THAT(RenderLive(InUse(0.3), {}), HasSubstr("index 0.300, much"));
  EXPECT_THAT(RenderLive(InUse(std::nan("")), {}), HasSubstr("unknown: takes 50 answers"));
}

TEST(RenderAliasChangesTest, ShowsChecksForceAndReason) {
  v1::Model model;
  EXPECT_EQ(RenderAliasChanges(model, {}), "");
  v1::AliasChange& change = *model.add_alias_changes();
  change.set_alias("production");
  change.set_from_version(2);
  change.set_forced(true);
  change.set_reason("broken\x1b[2J");
  change.add_checks("min_kappa: not met: 0.1");
  const std::string text = RenderAliasChanges(model, {});
  EXPECT_THAT(text, AllOf(HasSubstr("production  version 2 -> none  forced  broken"),
                          HasSubstr("\n    min_kappa: not met: 0.1\n"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace fovea::client
