// The program itself, killed and started again as fovead does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "server/model/manifest.h"
#include "server/trainer/exit_codes.h"
#include "tests/server/trainer/fake_server.h"
#include "tests/server/training/fixture.h"

extern char** environ;

namespace fovea {
namespace {

constexpr absl::Duration kLong = absl::Seconds(120);

class ProcessTest : public testing::Test {
 protected:
  ProcessTest()
      : items_(PaintItems(temp_.path(), 24)),
        attempt_(MakeAttempt(temp_.path(), items_)),
        server_(absl::StrCat("unix://", temp_.path(), "/socket")) {}

  // Writes the attempt file of a job with its own folder.
  std::string AttemptFile(const std::string& job, int epochs) {
    internal::v1::AttemptSpec spec;
    spec.set_job(absl::StrCat("jobs/", job));
    spec.set_attempt(1);
    spec.set_server(absl::StrCat("unix://", temp_.path(), "/socket"));
    v1::TrainingSpec& training = *spec.mutable_spec();
    training.set_dataset("datasets/phantoms");
    training.set_threads(1);
    training.mutable_preprocess()->set_resize_short_side(72);
    training.mutable_preprocess()->set_crop_size(64);
    training.mutable_recipe()->set_epochs(epochs);
    training.mutable_recipe()->set_head_epochs(1);
    training.mutable_recipe()->set_batch_size(4);
    spec.mutable_dataset()->set_fingerprint(attempt_.dataset_fingerprint);
    for (const std::string& name : attempt_.class_names) spec.mutable_dataset()->add_class_names(name);
    spec.set_dataset_index_path(attempt_.index_path);
    spec.set_dataset_files_dir(attempt_.files.dir);
    spec.set_job_dir(JoinPath(temp_.path(), job));
    spec.set_cache_dir(attempt_.cache_dir);
    EXPECT_TRUE(MakeDirs(spec.job_dir()).ok());
    const std::string path = JoinPath(spec.job_dir(), "attempt.pb");
    EXPECT_TRUE(WriteFileAtomic(path, spec.SerializeAsString()).ok());
    return path;
  }

  static pid_t Spawn(const std::string& attempt_file) {
    std::string program = FOVEA_TRAINER, flag = "--attempt-file", file = attempt_file;
    char* argv[] = {program.data(), flag.data(), file.data(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, FOVEA_TRAINER, nullptr, nullptr, argv, environ), 0);
    return pid;
  }

  static int Wait(pid_t pid) {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return status;
  }

  Manifest Staged(const std::string& job) {
    return ManifestFromJson(
               ReadFile(JoinPath(temp_.path(), absl::StrCat(job, "/staging/manifest.json"))).value())
        .value();
  }

  std::vector<v1::EpochFinished> Epochs() {
    std::vector<v1::EpochFinished> epochs;
    for (const FakeServer::Report& report : server_.stored()) {
      if (report.event().has_epoch_finished()) epochs.push_back(report.event().epoch_finished());
    }
    return epochs;
  }

  const TempDir temp_;
  const std::vector<DatasetItem> items_;
  const Attempt attempt_;
  FakeServer server_;
};

TEST_F(ProcessTest, EndsTheSameAfterSigkill) {
  ASSERT_EQ(WEXITSTATUS(Wait(Spawn(AttemptFile("whole", 3)))), kExitSucceeded);
  const std::vector<v1::EpochFinished> want = Epochs();
  ASSERT_EQ(want.size(), 3u);

  server_.Clear();
  const std::string file = AttemptFile("killed", 3);
  const pid_t pid = Spawn(file);
  ASSERT_TRUE(server_.WaitFor(
      [](const FakeServer::Report& report) { return report.event().has_checkpoint_saved(); }, kLong));
  kill(pid, SIGKILL);
  ASSERT_TRUE(WIFSIGNALED(Wait(pid)));

  server_.Clear();
  ASSERT_EQ(WEXITSTATUS(Wait(Spawn(file))), kExitSucceeded);
  const std::vector<v1::EpochFinished> got = Epochs();
  ASSERT_LT(got.size(), 3u);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got.back().train().loss(), want.back().train().loss());
  EXPECT_EQ(got.back().test().loss(), want.back().test().loss());
  EXPECT_EQ(Staged("killed").weights_sha256, Staged("whole").weights_sha256);
}

TEST_F(ProcessTest, SigtermLeavesACheckpoint) {
  const pid_t pid = Spawn(AttemptFile("terminated", 10000));
  ASSERT_TRUE(server_.WaitFor(
      [](const FakeServer::Report& report) { return report.event().has_step_progress(); }, kLong));
  kill(pid, SIGTERM);
  const int status = Wait(pid);
  EXPECT_EQ(WEXITSTATUS(status), kExitDrained);
  const std::vector<FakeServer::Report> stored = server_.stored();
  EXPECT_EQ(stored.back().outcome().kind(), internal::v1::Outcome::KIND_DRAINED);
  EXPECT_TRUE(stored[stored.size() - 2].event().has_checkpoint_saved());
}

TEST_F(ProcessTest, ALostLeaseEndsIt) {
  server_.RefuseWith(grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(WEXITSTATUS(Wait(Spawn(AttemptFile("unknown", 10000)))), kExitLeaseLost);
}

TEST_F(ProcessTest, AnUnusableAttemptFileIsAUsageError) {
  const std::string path = JoinPath(temp_.path(), "bad.pb");
  ASSERT_TRUE(WriteFileAtomic(path, "not a message").ok());
  EXPECT_EQ(WEXITSTATUS(Wait(Spawn(path))), kExitUsage);
}

}  // namespace
}  // namespace fovea
