#include "server/model/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/sha256.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = *MakeTempDir("registry");
    root_ = JoinPath(dir_, "models");
    Reopen();
  }
  void TearDown() override { ASSERT_TRUE(RemoveAll(dir_).ok()); }

  void Reopen() {
    absl::StatusOr<std::unique_ptr<Registry>> opened = Registry::Open(root_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    registry_ = *std::move(opened);
  }

  // A staged folder with weights that are just some bytes.
  std::string Stage(const std::string& weights, const std::string& job = "", bool names = true) {
    const std::string staged = JoinPath(dir_, absl::StrCat("staged-", ++staged_count_));
    Manifest m;
    m.num_classes = 2;
    if (names) m.class_names = {"a", "b"};
    m.preprocess_fingerprint = PreprocessFingerprint(m.preprocess);
    m.weights_sha256 = Sha256Hex(weights);
    m.weights_bytes = static_cast<int64_t>(weights.size());
    m.provenance.kind = job.empty() ? "imported" : "trained";
    m.provenance.job = job;
    EXPECT_TRUE(MakeDirs(staged).ok());
    EXPECT_TRUE(WriteFileAtomic(JoinPath(staged, kWeightsFile), weights).ok());
    EXPECT_TRUE(WriteFileAtomic(JoinPath(staged, kManifestFile), ManifestToJson(m)).ok());
    return staged;
  }

  int32_t Publish(const std::string& model, const std::string& job = "") {
    const absl::StatusOr<VersionInfo> info = registry_->Publish(model, Stage("weights", job), job);
    EXPECT_TRUE(info.ok()) << info.status();
    return info.ok() ? info->version : -1;
  }

  std::string PathOf(const std::string& relative) const { return JoinPath(root_, relative); }

  size_t Quarantined() const {
    const fs::directory_iterator it(PathOf(".quarantine"));
    return static_cast<size_t>(std::distance(fs::begin(it), fs::end(it)));
  }

  std::string dir_, root_;
  std::unique_ptr<Registry> registry_;
  std::atomic<int> staged_count_ = 0;
};

TEST_F(RegistryTest, PublishMovesTheFolderAndCountsUp) {
  const std::string staged = Stage("weights", "jobs/j-1");
  const absl::StatusOr<VersionInfo> first = registry_->Publish("dr", staged, "jobs/j-1");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->name(), "models/dr/versions/1");
  EXPECT_THAT(first->aliases, ElementsAre("candidate", "production"));
  EXPECT_FALSE(fs::exists(staged));
  EXPECT_EQ(*ReadFile(JoinPath(first->dir, kWeightsFile)), "weights");
  EXPECT_FALSE(fs::exists(PathOf("dr/publishing.json")));

  const absl::StatusOr<VersionInfo> second =
      registry_->Publish("dr", Stage("other", "jobs/j-2"), "jobs/j-2");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->version, 2);
  EXPECT_THAT(registry_->GetModel("dr")->aliases,
              ElementsAre(Pair("candidate", 2), Pair("production", 1)));
}

TEST_F(RegistryTest, ImportsWithoutNamesGetNoAlias) {
  ASSERT_TRUE(registry_->Publish("imagenet", Stage("w", "", false), "").ok());
  EXPECT_THAT(registry_->GetModel("imagenet")->aliases, IsEmpty());
  EXPECT_EQ(registry_->Resolve({"imagenet", 0, ""})->version, 1);
}

TEST_F(RegistryTest, PublishIsIdempotentByJob) {
  const std::string staged = Stage("weights", "jobs/j-1");
  ASSERT_EQ(registry_->Publish("dr", staged, "jobs/j-1")->version, 1);
  EXPECT_EQ(registry_->Publish("dr", staged, "jobs/j-1")->version, 1);
  const std::string again = Stage("again", "jobs/j-1");
  EXPECT_EQ(registry_->Publish("dr", again, "jobs/j-1")->version, 1);
  EXPECT_FALSE(fs::exists(again));
  EXPECT_THAT(registry_->GetModel("dr")->versions, ElementsAre(1));
  EXPECT_EQ(registry_->Publish("dr", staged, "jobs/j-2").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->Publish("dr", staged, "").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RegistryTest, PublishRefusesWhatDoesNotBelongTogether) {
  const std::string other = Stage("weights");
  ASSERT_TRUE(WriteFileAtomic(JoinPath(other, kWeightsFile), "WEIGHTS").ok());
  EXPECT_EQ(registry_->Publish("dr", other, "").status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(WriteFileAtomic(JoinPath(other, kWeightsFile), "longer than before").ok());
  EXPECT_EQ(registry_->Publish("dr", other, "").status().code(), absl::StatusCode::kDataLoss);
  const std::string linked = Stage("weights");
  ASSERT_TRUE(RemoveAll(JoinPath(linked, kWeightsFile)).ok());
  fs::create_symlink(JoinPath(other, kWeightsFile), JoinPath(linked, kWeightsFile));
  EXPECT_EQ(registry_->Publish("dr", linked, "").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(registry_->Publish("dr", Stage("w", "jobs/x"), "jobs/y").status().message(),
              HasSubstr("job: the staged manifest is of \"jobs/x\""));
  for (const char* id : {"", "..", "A", ".quarantine", "a/b"}) {
    EXPECT_EQ(registry_->Publish(id, Stage("w"), "").status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(registry_->ListModels(), IsEmpty());
}

TEST_F(RegistryTest, ResolveByVersionAliasAndDefault) {
  Publish("dr", "jobs/j-1");
  Publish("dr", "jobs/j-2");
  EXPECT_EQ(registry_->Resolve({"dr", 2, ""})->version, 2);
  EXPECT_EQ(registry_->Resolve({"dr", 0, "candidate"})->version, 2);
  EXPECT_EQ(registry_->Resolve({"dr", 0, ""})->version, 1);
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 0).ok());
  EXPECT_EQ(registry_->Resolve({"dr", 0, ""})->version, 2);

  const absl::Status no_model = registry_->Resolve({"eye", 0, ""}).status();
  EXPECT_EQ(no_model.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(no_model.message(), HasSubstr("model \"eye\" does not exist; there are: dr"));
  EXPECT_THAT(registry_->Resolve({"dr", 3, ""}).status().message(),
              HasSubstr("models/dr/versions/3 does not exist; there are the versions 1, 2"));
  EXPECT_THAT(registry_->Resolve({"dr", 0, "beta"}).status().message(),
              HasSubstr("has no alias \"beta\"; it has: candidate"));
  EXPECT_EQ(registry_->Resolve({"../dr", 0, ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(RegistryTest, AliasesPointMoveAndGo) {
  Publish("dr");
  Publish("dr");
  EXPECT_THAT(registry_->SetAlias("dr", "beta", 2)->aliases,
              ElementsAre(Pair("beta", 2), Pair("production", 1)));
  EXPECT_EQ(registry_->SetAlias("dr", "beta", 3).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->SetAlias("dr", "beta", -1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->SetAlias("dr", "gone", 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_->SetAlias("dr", "Not an id", 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(registry_->SetAlias("eye", "beta", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(registry_->SetAlias("dr", "beta", 0)->aliases, ElementsAre(Pair("production", 1)));
  Reopen();
  EXPECT_THAT(registry_->GetModel("dr")->aliases, ElementsAre(Pair("production", 1)));
}

TEST_F(RegistryTest, ChangesOfAliasesAreRemembered) {
  Publish("dr", "jobs/j-1");
  Publish("dr");
  ASSERT_TRUE(registry_->SetAlias("dr", "beta", 1).ok());
  const AliasNote note = {
      .checks = {"kappa: met"}, .forced = true, .reason = "a \"reason\"", .expected = 1};
  ASSERT_TRUE(registry_->SetAlias("dr", "beta", 2, note).ok());
  EXPECT_EQ(registry_->SetAlias("dr", "beta", 1, note).status().code(),
            absl::StatusCode::kAborted);
  Reopen();
  const std::vector<AliasChange> changes = registry_->GetModel("dr")->alias_changes;
  ASSERT_EQ(changes.size(), 4u);  // Two of the first version.
  EXPECT_EQ(changes[0].alias, "beta");
  EXPECT_EQ(changes[0].from_version, 1);
  EXPECT_EQ(changes[0].to_version, 2);
  EXPECT_THAT(changes[0].checks, ElementsAre("kappa: met"));
  EXPECT_TRUE(changes[0].forced);
  EXPECT_EQ(changes[0].reason, "a \"reason\"");
  EXPECT_EQ(changes[1].from_version, 0);
  EXPECT_EQ(changes[2].reason, "new version, trained");
}

TEST_F(RegistryTest, ReadsAliasesOfBeforeThereWereChanges) {
  Publish("dr");
  Publish("dr");
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/aliases.json"), R"({"aliases": 1, "beta": 2})").ok());
  Reopen();
  EXPECT_THAT(registry_->GetModel("dr")->aliases, ElementsAre(Pair("aliases", 1), Pair("beta", 2)));
  ASSERT_TRUE(registry_->SetAlias("dr", "beta", 1).ok());
  EXPECT_THAT(registry_->GetModel("dr")->aliases, ElementsAre(Pair("aliases", 1), Pair("beta", 1)));
  EXPECT_EQ(registry_->GetModel("dr")->alias_changes[0].from_version, 2);
}

TEST_F(RegistryTest, OnlyTheLastChangesAreKept) {
  Publish("dr");
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(registry_->SetAlias("dr", "beta", 1).ok());
    ASSERT_TRUE(registry_->SetAlias("dr", "beta", 0).ok());
  }
  EXPECT_EQ(registry_->GetModel("dr")->alias_changes.size(), AliasTable::kMostChanges);
}

TEST_F(RegistryTest, NumbersOfDeletedVersionsAreNeverUsedAgain) {
  Publish("dr");
  Publish("dr");
  EXPECT_THAT(registry_->DeleteVersion("dr", 1).message(), HasSubstr("in use by alias production"));
  EXPECT_EQ(registry_->DeleteVersion("dr", 1).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(registry_->DeleteVersion("dr", 2).ok());
  EXPECT_EQ(registry_->DeleteVersion("dr", 2).code(), absl::StatusCode::kNotFound);
  Reopen();
  EXPECT_EQ(Publish("dr"), 3);
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 0).ok());
  ASSERT_TRUE(registry_->DeleteVersion("dr", 1).ok());
  ASSERT_TRUE(registry_->DeleteVersion("dr", 3).ok());
  EXPECT_EQ(registry_->GetModel("dr").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(registry_->ListModels(), IsEmpty());
  EXPECT_EQ(Publish("dr"), 4);
}

TEST_F(RegistryTest, OpenPutsDamagedVersionsAside) {
  for (int i = 0; i < 5; ++i) Publish("dr");
  ASSERT_TRUE(registry_->SetAlias("dr", "beta", 5).ok());
  ASSERT_TRUE(RemoveAll(PathOf("dr/versions/2/manifest.json")).ok());
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/versions/3/manifest.json"), "{\"format\": 1").ok());
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/versions/5/weights.safetensors"), "short").ok());
  Reopen();
  EXPECT_THAT(registry_->GetModel("dr")->versions, ElementsAre(1, 4));
  EXPECT_THAT(registry_->GetModel("dr")->aliases, ElementsAre(Pair("production", 1)));
  EXPECT_EQ(Quarantined(), 3u);
  EXPECT_EQ(Publish("dr"), 6) << "the number of a version put aside was used again";
}

TEST_F(RegistryTest, OpenPutsDamagedAliasesAside) {
  Publish("dr");
  for (const char* text : {"", "[]", "{\"production\": \"1\"}", "{\"production\": 1.5}",
                           "{\"aliases\": {\"production\": 1}}"}) {
    ASSERT_TRUE(WriteFileAtomic(PathOf("dr/aliases.json"), text).ok());
    EXPECT_EQ(registry_->GetModel("dr").status().code(), absl::StatusCode::kDataLoss) << text;
    Reopen();
    EXPECT_THAT(registry_->GetModel("dr")->aliases, IsEmpty()) << text;
    EXPECT_EQ(registry_->Resolve({"dr", 0, ""})->version, 1);
  }
  EXPECT_EQ(Quarantined(), 5u);
}

// Each state that a crash can leave behind, made by hand.
TEST_F(RegistryTest, ACrashWhilePublishingLeavesTheOldOrTheNewState) {
  Publish("dr", "jobs/j-1");
  const std::string journal = R"({"version": 2, "aliases": ["candidate"]})";
  // Before the rename.
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/publishing.json"), journal).ok());
  Reopen();
  EXPECT_FALSE(fs::exists(PathOf("dr/publishing.json")));
  EXPECT_THAT(registry_->GetModel("dr")->aliases,
              ElementsAre(Pair("candidate", 1), Pair("production", 1)));
  // After the rename, before the aliases.
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/publishing.json"), journal).ok());
  ASSERT_TRUE(RenameDurably(Stage("w", "jobs/j-2"), PathOf("dr/versions/2")).ok());
  Reopen();
  EXPECT_FALSE(fs::exists(PathOf("dr/publishing.json")));
  EXPECT_THAT(registry_->GetModel("dr")->aliases,
              ElementsAre(Pair("candidate", 2), Pair("production", 1)));
  // The caller asks again, since it got no answer.
  EXPECT_EQ(registry_->Publish("dr", JoinPath(dir_, "gone"), "jobs/j-2")->version, 2);
  // A temporary file of a write that did not end is no harm.
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/aliases.json.tmp-0123"), "{").ok());
  Reopen();
  EXPECT_EQ(registry_->GetModel("dr")->versions.size(), 2u);
}

TEST_F(RegistryTest, ACrashWhileDeletingLeavesNoHalfVersion) {
  Publish("dr");
  Publish("dr");
  // After the rename, before the removal.
  ASSERT_TRUE(WriteFileAtomic(PathOf("dr/next_version"), "3\n").ok());
  ASSERT_TRUE(RenameDurably(PathOf("dr/versions/2"), PathOf(".trash/dr-2-x")).ok());
  Reopen();
  EXPECT_FALSE(fs::exists(PathOf(".trash/dr-2-x")));
  EXPECT_THAT(registry_->GetModel("dr")->versions, ElementsAre(1));
  EXPECT_EQ(Publish("dr"), 3);
}

TEST_F(RegistryTest, StrangeFilesAreLeftAlone) {
  Publish("dr");
  ASSERT_TRUE(MakeDirs(PathOf("dr/versions/007")).ok());
  ASSERT_TRUE(MakeDirs(PathOf("Not-A-Model")).ok());
  ASSERT_TRUE(WriteFileAtomic(PathOf("readme"), "x").ok());
  Reopen();
  EXPECT_EQ(registry_->ListModels().size(), 1u);
  EXPECT_THAT(registry_->GetModel("dr")->versions, ElementsAre(1));
}

TEST_F(RegistryTest, ThreadsSeeWholeStates) {
  Publish("dr");
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string job = absl::StrCat("jobs/j-", t, "-", i);
        EXPECT_TRUE(registry_->Publish("dr", Stage("w", job), job).ok());
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const absl::StatusOr<ModelInfo> model = registry_->GetModel("dr");
      ASSERT_TRUE(model.ok());
      EXPECT_TRUE(registry_->SetAlias("dr", "production", model->versions.back()).ok());
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      const absl::StatusOr<VersionInfo> info = registry_->Resolve({"dr", 0, "production"});
      ASSERT_TRUE(info.ok()) << info.status();
      EXPECT_THAT(info->aliases, testing::Contains("production"));
    }
  });
  threads[0].join();
  threads[1].join();
  stop = true;
  threads[2].join();
  threads[3].join();
  EXPECT_EQ(registry_->GetModel("dr")->versions.size(), 21u);
}

}  // namespace
}  // namespace fovea
