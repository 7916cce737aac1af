#include "server/rpc/training_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/file.h"
#include "common/base/thread.h"
#include "tests/testing/job_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class TrainingServiceTest : public testing::Test {
 protected:
  TrainingServiceTest() : dir_(*MakeTempDir("fovea-training")), options_(FakeJobOptions(dir_)) {
    Boot({});
  }
  ~TrainingServiceTest() override {
    server_->jobs().Shutdown(absl::Seconds(20));
    server_.reset();
    RemoveAll(dir_).IgnoreError();
  }
  void Boot(WatchOptions watch) {
    server_.reset();
    server_ = std::make_unique<JobServer>(options_, watch);
  }

  grpc::Status Create(const v1::CreateJobRequest& request, v1::Job* job) {
    grpc::ClientContext context;
    return server_->stub().CreateJob(&context, request, job);
  }
  v1::CreateJobRequest Request(const std::string& script) {
    v1::CreateJobRequest request;
    request.mutable_spec()->set_dataset("datasets/d");
    request.mutable_spec()->set_model_id(script);
    return request;
  }
  // All events of a watch, and how it ended.
  grpc::Status Watch(const std::string& name, int64_t from, std::vector<v1::JobEvent>* events) {
    grpc::ClientContext context;
    v1::WatchJobRequest request;
    request.set_name(name);
    request.set_from_sequence(from);
    auto reader = server_->stub().WatchJob(&context, request);
    v1::JobEvent event;
    while (reader->Read(&event)) events->push_back(event);
    return reader->Finish();
  }

  const std::string dir_;
  JobOptions options_;
  std::unique_ptr<JobServer> server_;
};

TEST_F(TrainingServiceTest, CreatesOncePerRequestId) {
  v1::CreateJobRequest request = Request("succeed");
  request.set_request_id("abc");
  v1::Job first, second;
  ASSERT_TRUE(Create(request, &first).ok());
  EXPECT_GT(first.spec().threads(), 0);
  request.mutable_spec()->set_dataset("datasets/missing");
  ASSERT_TRUE(Create(request, &second).ok());
  EXPECT_EQ(first.name(), second.name());
  request.set_request_id(std::string(129, 'x'));
  EXPECT_EQ(Create(request, &second).error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(TrainingServiceTest, RefusesWhatDoesNotExist) {
  v1::CreateJobRequest request = Request("succeed");
  request.mutable_spec()->set_dataset("datasets/missing");
  v1::Job job;
  const grpc::Status missing = Create(request, &job);
  EXPECT_EQ(missing.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(missing.error_message(), HasSubstr("datasets/missing"));
  request = Request("succeed");
  request.mutable_spec()->set_device("cuda:9");
  EXPECT_EQ(Create(request, &job).error_code(), grpc::INVALID_ARGUMENT);
  request = Request("succeed");
  request.set_validate_only(true);
  ASSERT_TRUE(Create(request, &job).ok());
  EXPECT_EQ(job.name(), "");
  EXPECT_TRUE(server_->jobs().List(0, 10, {})->jobs.empty());
}

TEST_F(TrainingServiceTest, BadNamesAreInvalid) {
  for (const std::string& name :
       {std::string("jobs/.."), std::string("jobs/a\0b", 8), std::string("jobs/%2e%2e"),
        "jobs/" + std::string(64, 'a'), std::string(""), std::string("jobs/a/b"),
        std::string("models/a"), std::string("jobs/A")}) {
    v1::Job job;
    google::protobuf::Empty empty;
    grpc::ClientContext get, cancel, remove;
    v1::GetJobRequest get_request;
    get_request.set_name(name);
    EXPECT_EQ(server_->stub().GetJob(&get, get_request, &job).error_code(), grpc::INVALID_ARGUMENT);
    v1::CancelJobRequest cancel_request;
    cancel_request.set_name(name);
    EXPECT_EQ(server_->stub().CancelJob(&cancel, cancel_request, &job).error_code(),
              grpc::INVALID_ARGUMENT);
    v1::DeleteJobRequest delete_request;
    delete_request.set_name(name);
    EXPECT_EQ(server_->stub().DeleteJob(&remove, delete_request, &empty).error_code(),
              grpc::INVALID_ARGUMENT);
    std::vector<v1::JobEvent> events;
    EXPECT_EQ(Watch(name, 0, &events).error_code(), grpc::INVALID_ARGUMENT);
  }
  std::vector<v1::JobEvent> events;
  EXPECT_EQ(Watch("jobs/j-none", 0, &events).error_code(), grpc::NOT_FOUND);
}

TEST_F(TrainingServiceTest, ListsByPages) {
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) {
    v1::Job job;
    ASSERT_TRUE(Create(Request("wait"), &job).ok());
    made.insert(job.name());
  }
  v1::ListJobsRequest request;
  request.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListJobsResponse response;
    ASSERT_TRUE(server_->stub().ListJobs(&context, request, &response).ok());
    for (const v1::Job& job : response.jobs()) seen.insert(job.name());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen, made);
  grpc::ClientContext bad_token, bad_state;
  v1::ListJobsResponse response;
  request.set_page_token("nonsense");
  EXPECT_EQ(server_->stub().ListJobs(&bad_token, request, &response).error_code(),
            grpc::INVALID_ARGUMENT);
  request.clear_page_token();
  request.add_states(v1::JOB_STATE_UNSPECIFIED);
  EXPECT_EQ(server_->stub().ListJobs(&bad_state, request, &response).error_code(),
            grpc::INVALID_ARGUMENT);
  for (const std::string& name : made) server_->jobs().Cancel(name.substr(5)).IgnoreError();
}

TEST_F(TrainingServiceTest, WatchFollowsLiveAndReplays) {
  v1::Job job;
  ASSERT_TRUE(Create(Request("succeed"), &job).ok());
  std::vector<v1::JobEvent> live, replay, tail, beyond;
  ASSERT_TRUE(Watch(job.name(), 0, &live).ok());
  EXPECT_TRUE(live.back().has_finished());
  EXPECT_EQ(live.front().sequence(), 1);
  for (size_t i = 1; i < live.size(); ++i) EXPECT_GT(live[i].sequence(), live[i - 1].sequence());
  const int64_t last = live.back().sequence();
  ASSERT_TRUE(Watch(job.name(), 0, &replay).ok());
  EXPECT_EQ(replay.back().sequence(), last);
  ASSERT_TRUE(Watch(job.name(), last, &tail).ok());
  EXPECT_EQ(tail.size(), 1u);
  ASSERT_TRUE(Watch(job.name(), last + 1, &beyond).ok());
  EXPECT_TRUE(beyond.empty());
}

TEST_F(TrainingServiceTest, AHundredWatchersSeeTheSameEnd) {
  const std::string blocker = server_->Make("wait");
  v1::Job job;
  ASSERT_TRUE(Create(Request("succeed"), &job).ok());
  std::vector<std::vector<v1::JobEvent>> events(100);
  std::vector<grpc::Status> ends(events.size());
  {
    std::vector<Thread> threads;
    for (size_t i = 0; i < events.size(); ++i) {
      threads.emplace_back("watch", [&, i] { ends[i] = Watch(job.name(), 0, &events[i]); });
    }
    server_->AwaitState(blocker, v1::JOB_STATE_RUNNING);
    server_->jobs().Cancel(blocker).IgnoreError();
  }
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_TRUE(ends[i].ok()) << ends[i].error_message();
    ASSERT_FALSE(events[i].empty());
    EXPECT_EQ(events[i].back().finished().state(), v1::JOB_STATE_SUCCEEDED);
  }
}

TEST_F(TrainingServiceTest, ShutdownTellsWhereToGoOn) {
  v1::Job job;
  ASSERT_TRUE(Create(Request("wait"), &job).ok());
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name(job.name());
  auto reader = server_->stub().WatchJob(&context, request);
  v1::JobEvent event;
  while (!event.has_epoch_finished()) ASSERT_TRUE(reader->Read(&event));
  server_->watchers().CloseAll();
  while (reader->Read(&event)) {
  }
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_THAT(status.error_message(),
              HasSubstr("from_sequence=" + std::to_string(event.sequence() + 1)));
  std::vector<v1::JobEvent> late;
  EXPECT_EQ(Watch(job.name(), 0, &late).error_code(), grpc::UNAVAILABLE);
}

TEST_F(TrainingServiceTest, AWatcherThatLeavesIsFreed) {
  v1::Job job;
  ASSERT_TRUE(Create(Request("wait"), &job).ok());
  {
    grpc::ClientContext context;
    v1::WatchJobRequest request;
    request.set_name(job.name());
    auto reader = server_->stub().WatchJob(&context, request);
    v1::JobEvent event;
    ASSERT_TRUE(reader->Read(&event));
    context.TryCancel();
    reader->Finish();
  }
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (server_->watchers().size() > 0 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(server_->watchers().size(), 0);
  EXPECT_EQ(server_->AwaitState(job.name().substr(5), v1::JOB_STATE_RUNNING).state(),
            v1::JOB_STATE_RUNNING);
}

TEST_F(TrainingServiceTest, AWatcherThatTakesNothingIsEnded) {
  WatchOptions watch;
  watch.slow_limit = absl::Milliseconds(200);
  watch.abort_grace = absl::Milliseconds(200);
  Boot(watch);
  v1::TrainingSpec spec;
  spec.set_device("auto");
  spec.set_model_id("wait");
  const std::string id = server_->Make("wait");
  const v1::Job job = server_->Await(id, [](const v1::Job& j) { return j.has_last_epoch(); });
  // Enough bytes to fill what the transport buffers.
  for (int i = 2; i < 60; ++i) {
    internal::v1::Report report;
    report.set_sequence(i);
    report.mutable_event()->mutable_warning()->set_message(std::string(100'000, 'w'));
    ASSERT_TRUE(server_->jobs().Report(id, 1, report).ok());
  }
  const auto channel = grpc::CreateChannel(options_.attempt.server(), grpc::InsecureChannelCredentials());
  const auto stub = v1::TrainingService::NewStub(channel);
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name(job.name());
  auto reader = stub->WatchJob(&context, request);
  v1::JobEvent event;
  ASSERT_TRUE(reader->Read(&event));
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (server_->watchers().size() > 0 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(server_->watchers().size(), 0);
  while (reader->Read(&event)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
  server_->jobs().Cancel(id).IgnoreError();
}

}  // namespace
}  // namespace fovea
