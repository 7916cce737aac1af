// What GetModelVersion says about a version in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/server/rpc/model_server.h"

namespace fovea {
namespace {

using testing::ElementsAre;

class LiveMetricsTest : public testing::Test {
 protected:
  LiveMetricsTest() { server_.Publish("dr", "one"); }

  v1::ModelVersion Get(const std::string& name = "models/dr") {
    v1::GetModelVersionRequest request;
    request.set_name(name);
    v1::ModelVersion version;
    grpc::ClientContext context;
    EXPECT_TRUE(server_.stub().GetModelVersion(&context, request, &version).ok());
    return version;
  }
  void Record(const std::string& id, int grade) {
    server_.answers().Record({id, "models/dr/versions/1", 2, grade, absl::Now()});
  }

  ModelServer server_;
};

TEST_F(LiveMetricsTest, UnsetWithoutAnswers) { EXPECT_FALSE(Get().has_live()); }

TEST_F(LiveMetricsTest, CountsWhatWasAnsweredAndSaid) {
  for (int i = 0; i < 4; ++i) Record(absl::StrCat("r-", i), i < 3 ? 0 : 1);
  Record("refused", kUngradable);
  EXPECT_TRUE(server_.answers().SubmitFeedback({"r-0", 0, ""}).ok());
  EXPECT_TRUE(server_.answers().SubmitFeedback({"r-1", 1, ""}).ok());
  const v1::LiveMetrics live = Get().live();
  EXPECT_EQ(live.answers(), 4);
  EXPECT_THAT(live.answer_counts(), ElementsAre(3, 1));
  EXPECT_EQ(live.ungradable(), 1);
  EXPECT_EQ(live.feedback(), 2);
  EXPECT_DOUBLE_EQ(live.accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(live.kappa(), 0);
  EXPECT_THAT(live.confusion(), ElementsAre(1, 0, 1, 0));
  EXPECT_TRUE(std::isnan(live.population_stability_index()));  // Below 50 answers.
  EXPECT_GT(live.since().seconds(), 0);
}

TEST_F(LiveMetricsTest, DriftShowsFromFiftyAnswersOn) {
  for (int i = 0; i < 50; ++i) Record(absl::StrCat("r-", i), 0);  // On the test part half were.
  EXPECT_GT(Get().live().population_stability_index(), 0.25);
}

TEST_F(LiveMetricsTest, ListsDoNotHaveIt) {
  Record("r", 0);
  v1::ListModelVersionsRequest request;
  request.set_parent("models/dr");
  v1::ListModelVersionsResponse versions;
  grpc::ClientContext context;
  ASSERT_TRUE(server_.stub().ListModelVersions(&context, request, &versions).ok());
  EXPECT_FALSE(versions.versions(0).has_live());
}

}  // namespace
}  // namespace fovea
