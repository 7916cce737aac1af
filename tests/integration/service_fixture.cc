#include "tests/integration/service_fixture.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace fovea {
namespace {

bool IsTerminal(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_CANCELLED;
}

}  // namespace

ServiceTest::ServiceTest() : dir_(MakeTempDir("fovea-integration").value()) {
  const ProgramResult made = RunProgram(
      "fovea-phantom", {"--out", photographs(), "--patients", "16", "--size", "64", "--seed", "3"});
  EXPECT_EQ(made.exit_code, 0) << made.output;
}

ServiceTest::~ServiceTest() {
  if (HasFailure() && fovead_ != nullptr) std::cerr << fovead_->log();
  fovead_ = nullptr;
  KillTrainersOf(data_dir());
  RemoveAll(dir_).IgnoreError();
}

void ServiceTest::Start(const std::vector<std::string>& arguments) {
  if (fovead_ != nullptr) fovead_->Kill();  // Its trainers live on.
  fovead_ = std::make_unique<FoveadProcess>(data_dir(), arguments);
  ASSERT_FALSE(fovead_->address().empty()) << fovead_->log();
  training_ = v1::TrainingService::NewStub(fovead_->channel());
  models_ = v1::ModelService::NewStub(fovead_->channel());
  classification_ = v1::ClassificationService::NewStub(fovead_->channel());
}

void ServiceTest::Push() {
  const ProgramResult pushed = Cli({"dataset", "push", photographs(), "--id", "eyes"});
  ASSERT_EQ(pushed.exit_code, 0) << pushed.output;
}

ProgramResult ServiceTest::Cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"--server", fovead_->address()});
  return RunProgram("fovea", arguments);
}

std::string ServiceTest::CreateJob(int full_epochs, const std::string& model_id) {
  v1::CreateJobRequest request;
  v1::TrainingSpec& spec = *request.mutable_spec();
  spec.set_dataset("datasets/eyes");
  spec.set_model_id(model_id);
  spec.set_seed(7);
  spec.set_threads(1);
  spec.mutable_recipe()->set_epochs(1 + full_epochs);
  spec.mutable_recipe()->set_head_epochs(1);
  spec.mutable_recipe()->set_batch_size(4);
  spec.mutable_preprocess()->set_resize_short_side(40);
  spec.mutable_preprocess()->set_crop_size(32);
  grpc::ClientContext context;
  v1::Job job;
  const grpc::Status status = training_->CreateJob(&context, request, &job);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return job.name();
}

v1::Job ServiceTest::GetJob(const std::string& name) {
  grpc::ClientContext context;
  v1::GetJobRequest request;
  request.set_name(name);
  v1::Job job;
  training_->GetJob(&context, request, &job);
  return job;
}

bool ServiceTest::AwaitEvent(const std::string& name,
                             const std::function<bool(const v1::JobEvent&)>& wanted) {
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name(name);
  const auto stream = training_->WatchJob(&context, request);
  v1::JobEvent event;
  while (stream->Read(&event)) {
    if (!wanted(event)) continue;
    context.TryCancel();
    return true;
  }
  return false;
}

v1::Job ServiceTest::AwaitEnd(const std::string& name) {
  AwaitEvent(name, [](const v1::JobEvent& event) { return event.has_finished(); });
  v1::Job job = GetJob(name);
  EXPECT_TRUE(IsTerminal(job.state())) << job.ShortDebugString();
  return job;
}

bool ServiceTest::AwaitEpochUnderWay(const std::string& name, int epoch) {
  return AwaitEvent(name, [&](const v1::JobEvent& event) {
    return event.has_step_progress() && event.step_progress().epoch() >= epoch;
  });
}

v1::ModelVersion ServiceTest::GetVersion(const std::string& name) {
  grpc::ClientContext context;
  v1::GetModelVersionRequest request;
  request.set_name(name);
  v1::ModelVersion version;
  const grpc::Status status = models_->GetModelVersion(&context, request, &version);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return version;
}

std::string Figures(const v1::Job& job) {
  const v1::EpochFinished& last = job.last_epoch();
  std::string text = absl::StrCat(
      v1::JobState_Name(job.state()), " best ", job.result().best_epoch(), " accuracy ",
      job.result().best_test_accuracy(), " train loss ", last.train().loss(), " test loss ",
      last.test().loss(), " confusion");
  for (const int64_t count : last.test_confusion()) absl::StrAppend(&text, " ", count);
  return text;
}

}  // namespace fovea
