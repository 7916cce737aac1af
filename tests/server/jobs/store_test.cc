#include "server/jobs/store.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/thread.h"
#include "server/jobs/transitions.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  StoreTest() : dir_(*MakeTempDir("fovea-store")), path_(JoinPath(dir_, "jobs.db")) { Reopen(); }
  ~StoreTest() override { RemoveAll(dir_).IgnoreError(); }

  void Reopen() {
    store_.reset();
    store_ = *JobStore::Open(path_, "cpu");
  }
  std::string Make(const std::string& device = "auto") {
    v1::Job wanted;
    wanted.mutable_spec()->set_device(device);
    wanted.mutable_spec()->set_max_attempts(2);
    return store_->Create(wanted)->first.name().substr(5);
  }
  JobRow Begin(const std::string& id) {
    return *store_->Mutate(id, [](JobRow* row, JobEvents* events) {
      return BeginAttempt("lease", row, events);
    });
  }
  absl::Status Report(const std::string& id, int64_t sequence, bool progress) {
    internal::v1::Report report;
    report.set_sequence(sequence);
    if (progress) report.mutable_event()->mutable_step_progress()->set_step(sequence);
    if (!progress) report.mutable_event()->mutable_epoch_finished()->set_epoch(sequence);
    return store_->Mutate(id, [&](JobRow* row, JobEvents* events) {
      return ApplyReport(1, report, row, events);
    }).status();
  }

  const std::string dir_, path_;
  std::unique_ptr<JobStore> store_;
};

TEST_F(StoreTest, KeepsEverythingOverReopening) {
  const std::string id = Make();
  Begin(id);
  ASSERT_TRUE(Report(id, 1, false).ok());
  const JobRow before = *store_->GetRow(id);
  Reopen();
  const JobRow after = *store_->GetRow(id);
  EXPECT_EQ(after.job.SerializeAsString(), before.job.SerializeAsString());
  EXPECT_EQ(after.attempt.lease, "lease");
  EXPECT_EQ(after.attempt.last_report, 1);
  EXPECT_EQ(store_->ReadEvents(id, 1, 100)->size(), 3u);
  EXPECT_EQ(store_->ReadEvents(id, 3, 100)->front().epoch_finished().epoch(), 1);
  EXPECT_TRUE(absl::IsNotFound(store_->ReadEvents("j-none", 1, 1).status()));
}

TEST_F(StoreTest, TheFileIsItsOwnersOnly) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat info;
    ASSERT_EQ(stat((path_ + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0077, 0u) << suffix;
  }
}

TEST_F(StoreTest, OneRequestIdMakesOneJobUnderARace) {
  std::vector<std::string> names(16);
  {
    std::vector<Thread> threads;
    for (size_t i = 0; i < names.size(); ++i) {
      threads.emplace_back("create", [&, i] {
        v1::Job wanted;
        wanted.mutable_spec()->set_seed(i);
        wanted.set_request_id("same");
        names[i] = store_->Create(wanted)->first.name();
      });
    }
  }
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 1u);
  EXPECT_EQ(store_->List(0, 100, {})->jobs.size(), 1u);
  EXPECT_EQ(store_->FindByRequestId("same")->name(), names[0]);
  EXPECT_TRUE(absl::IsNotFound(store_->FindByRequestId("other").status()));
}

TEST_F(StoreTest, ProgressReplacesProgress) {
  const std::string id = Make();
  Begin(id);
  for (int64_t i = 1; i <= 200; ++i) ASSERT_TRUE(Report(id, i, i % 100 != 0).ok());
  const std::vector<v1::JobEvent> events = *store_->ReadEvents(id, 1, 1000);
  EXPECT_EQ(events.size(), 2u + 2u + 1u);
  for (size_t i = 1; i < events.size(); ++i) EXPECT_GT(events[i].sequence(), events[i - 1].sequence());
  EXPECT_EQ(store_->Get(id)->last_sequence(), 202);
}

TEST_F(StoreTest, ARefusedChangeLeavesNoTrace) {
  const std::string id = Make();
  const std::string before = store_->Get(id)->SerializeAsString();
  EXPECT_TRUE(absl::IsAborted(store_->Mutate(id, [](JobRow* row, JobEvents* events) {
    BeginAttempt("lease", row, events).IgnoreError();
    return absl::AbortedError("no");
  }).status()));
  EXPECT_EQ(store_->Get(id)->SerializeAsString(), before);
  EXPECT_EQ(store_->ReadEvents(id, 1, 10)->size(), 1u);
}

TEST_F(StoreTest, QueuesByDeviceAndPutsTheLostInFront) {
  const std::string a = Make(), b = Make("cpu"), gpu = Make("cuda:0"), c = Make();
  EXPECT_EQ(store_->Get(c)->queue_position(), 3);
  EXPECT_EQ(store_->Get(gpu)->queue_position(), 1);
  Begin(a);
  EXPECT_EQ(store_->Get(c)->queue_position(), 2);
  EXPECT_EQ((*store_->QueueHeads())["cpu"], b);
  ASSERT_TRUE(store_->Mutate(a, [](JobRow* row, JobEvents* events) {
    return Lose("crashed", "", row, events);
  }).ok());
  EXPECT_EQ((*store_->QueueHeads())["cpu"], a);
  EXPECT_EQ((*store_->QueueHeads())["cuda:0"], gpu);
  EXPECT_EQ(store_->Get(a)->queue_position(), 1);
}

TEST_F(StoreTest, ListsPagesNewestFirst) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Make());
  const JobPage first = *store_->List(0, 2, {});
  ASSERT_EQ(first.jobs.size(), 2u);
  EXPECT_EQ(first.jobs[0].name(), "jobs/" + ids[4]);
  const JobPage second = *store_->List(first.next, 2, {});
  EXPECT_EQ(second.jobs[0].name(), "jobs/" + ids[2]);
  const JobPage third = *store_->List(second.next, 2, {});
  EXPECT_EQ(third.jobs.size(), 1u);
  EXPECT_EQ(third.next, 0);
  Begin(ids[1]);
  EXPECT_EQ(store_->List(0, 10, {v1::JOB_STATE_RUNNING})->jobs.size(), 1u);
  EXPECT_EQ((*store_->CountByState())[v1::JOB_STATE_QUEUED], 4);
}

TEST_F(StoreTest, DeletesOnlyWhatHasEnded) {
  const std::string id = Make();
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Delete(id)));
  ASSERT_TRUE(store_->Mutate(id, RequestCancel).ok());
  EXPECT_TRUE(store_->Delete(id).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->Get(id).status()));
  SQLite::Database raw(path_);
  EXPECT_EQ(raw.execAndGet("SELECT COUNT(*) FROM events").getInt(), 0);
}

TEST_F(StoreTest, RefusesAFileOfANewerProgram) {
  store_.reset();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  const absl::Status status = JobStore::Open(path_, "cpu").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer fovead"));
}

TEST_F(StoreTest, SaysWhatToDoWithADamagedFile) {
  Make();
  store_.reset();
  for (const absl::string_view content : {"this is no database at all, but it is long enough ....",
                                          "SQLite format 3\0garbage garbage garbage garbage"}) {
    ASSERT_TRUE(WriteFileAtomic(path_, content).ok());
    const absl::Status status = JobStore::Open(path_, "cpu").status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("restore it from a backup"));
  }
  store_.reset();
}

}  // namespace
}  // namespace fovea
