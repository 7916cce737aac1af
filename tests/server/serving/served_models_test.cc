#include "server/serving/served_models.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/server/serving/serving_fixture.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ServedModelsTest : public ServingTest {};

TEST_F(ServedModelsTest, TheOnlyModelIsTheDefault) {
  ServedModels models(registry_.get(), &metrics_, {});
  EXPECT_EQ(models.Get("").status().code(), absl::StatusCode::kInvalidArgument);
  Publish("dr", 1);
  EXPECT_EQ(models.Get("").value()->name, "models/dr/versions/1");
  Publish("other", 2);
  ServedModels of_two(registry_.get(), &metrics_, {});
  EXPECT_THAT(std::string(of_two.Get("").status().message()), HasSubstr("model: must be named"));
}

TEST_F(ServedModelsTest, UnknownNamesAreNotFound) {
  Publish("dr", 1);
  ServedModels models(registry_.get(), &metrics_, {});
  for (const char* name : {"models/none", "models/dr/versions/9", "models/dr/aliases/none"}) {
    EXPECT_EQ(models.Get(name).status().code(), absl::StatusCode::kNotFound) << name;
  }
  for (const char* name : {"dr", "models/../dr", "models/dr/versions/x"}) {
    EXPECT_EQ(models.Get(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST_F(ServedModelsTest, WeightsWithoutClassNamesDoNotClassify) {
  const VersionInfo info =
      PublishTestVersion(*registry_, {.model_id = "backbone", .class_names = {}}).value();
  ServedModels models(registry_.get(), &metrics_, {});
  EXPECT_EQ(models.Get(info.name()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ServedModelsTest, TheLeastRecentlyUsedVersionGoesFirst) {
  for (int i = 0; i < 3; ++i) Publish("dr", i);
  ServedModels models(registry_.get(), &metrics_, {.max_loaded = 2});
  for (int version : {1, 2, 1, 3}) {
    ASSERT_TRUE(models.Get(ModelVersionName("dr", version)).ok());
  }
  EXPECT_THAT(models.LoadedVersions(), ElementsAre("models/dr/versions/1", "models/dr/versions/3"));
}

TEST_F(ServedModelsTest, MoreModelsThanFitAllAnswerInTurn) {
  for (const char* id : {"a", "b", "c"}) Publish(id, 1);
  ServedModels models(registry_.get(), &metrics_, {.max_loaded = 2});
  for (int round = 0; round < 2; ++round) {
    for (const char* id : {"a", "b", "c", "c"}) {
      const auto got = models.Get(ModelName(id));
      ASSERT_TRUE(got.ok());
      ASSERT_NE(*got, nullptr);
      EXPECT_EQ((*got)->name, ModelVersionName(id, 1));
      EXPECT_THAT(models.LoadedVersions(), testing::Contains((*got)->name));
    }
  }
  models.Refresh();
  EXPECT_EQ(models.LoadedVersions().size(), 2u);
}

TEST_F(ServedModelsTest, DeletedVersionsLeaveMemoryButNotTheirRequests) {
  Publish("dr", 1);
  Publish("dr", 2);
  ServedModels models(registry_.get(), &metrics_, {});
  const ServedModelHandle lent = models.Get("models/dr/versions/2").value();
  ASSERT_TRUE(registry_->SetAlias("dr", "candidate", 1).ok());
  ASSERT_TRUE(registry_->DeleteVersion("dr", 2).ok());
  models.Refresh();
  EXPECT_THAT(models.LoadedVersions(), testing::Not(testing::Contains(lent->name)));
  const int side = lent->model->manifest().preprocess.crop_size;
  const std::vector<float> input(side * side * 3, 0.f);
  EXPECT_TRUE(lent->model->Logits(input.data(), 1).ok());
}

TEST_F(ServedModelsTest, AVersionThatCannotBeLoadedLeavesTheOldOneAnswering) {
  Publish("dr", 1);
  const VersionInfo broken = Publish("dr", 2);
  ServedModels models(registry_.get(), &metrics_, {});
  ASSERT_EQ(models.Get("models/dr").value()->version, 1);
  std::string weights = ReadFile(JoinPath(broken.dir, kWeightsFile)).value();
  weights[weights.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFileAtomic(JoinPath(broken.dir, kWeightsFile), weights).ok());
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 2).ok());
  models.Refresh();
  EXPECT_EQ(models.Get("models/dr").value()->version, 1);
}

TEST_F(ServedModelsTest, PeekingNeverLoads) {
  Publish("dr", 1);
  ServedModels models(registry_.get(), &metrics_, {});
  EXPECT_EQ(models.Peek("models/dr"), nullptr);
  EXPECT_TRUE(models.LoadedVersions().empty());
  const ServedModelHandle loaded = models.Get("models/dr").value();
  EXPECT_EQ(models.Peek("models/dr"), loaded);
  EXPECT_EQ(models.Peek("models/dr/versions/1"), loaded);
  EXPECT_EQ(models.Peek("models/dr/versions/2"), nullptr);
  EXPECT_EQ(models.Peek("no name"), nullptr);
}

TEST_F(ServedModelsTest, AnUnloadedModelIsUnavailableUntilItIsRestored) {
  Publish("dr", 1);
  Publish("other", 2);
  ServedModels models(registry_.get(), &metrics_, {});
  const ServedModelHandle lent = models.Get("models/dr").value();
  ASSERT_TRUE(models.Get("models/other").ok());
  models.Unload("dr");
  EXPECT_TRUE(models.IsUnloaded("dr"));
  EXPECT_THAT(models.LoadedVersions(), ElementsAre("models/other/versions/1"));
  for (const char* name : {"models/dr", "models/dr/versions/1", "models/dr/aliases/production"}) {
    EXPECT_EQ(models.Get(name).status().code(), absl::StatusCode::kUnavailable) << name;
    EXPECT_EQ(models.Peek(name), nullptr) << name;
  }
  models.Refresh();  // Brings nothing back.
  EXPECT_THAT(models.LoadedVersions(), ElementsAre("models/other/versions/1"));
  EXPECT_EQ(lent->version, 1);
  ASSERT_TRUE(models.Restore("dr").ok());
  EXPECT_FALSE(models.IsUnloaded("dr"));
  EXPECT_TRUE(models.Get("models/dr").ok());
  EXPECT_EQ(models.Restore("none").code(), absl::StatusCode::kNotFound);
}

TEST_F(ServedModelsTest, SwapsUnderLoadFailNoRequest) {
  Publish("dr", 1);
  Publish("dr", 2);
  ServedModels models(registry_.get(), &metrics_, {});
  ASSERT_TRUE(models.Get("models/dr").ok());
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        const auto handle = models.Get("models/dr");
        if (!handle.ok() || (*handle)->version < 1 || (*handle)->version > 2) ++failed;
      }
    });
  }
  for (int round = 0; round < 10; ++round) {
    const int version = 1 + round % 2;
    ASSERT_TRUE(registry_->SetAlias("dr", "production", version).ok());
    models.Refresh();
    EXPECT_EQ(models.Get("models/dr").value()->version, version);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace fovea
