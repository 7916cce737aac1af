// Push, train, watch, classify, scrape: with the real programs.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "tests/integration/service_fixture.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

using testing::HasSubstr;

// A row of evaluation.csv: "path",label,predicted,logit_0,...
struct EvaluatedItem {
  std::string path;
  int label = 0;
  std::vector<double> logits;
};

std::vector<EvaluatedItem> ReadEvaluation(const std::string& path) {
  std::vector<EvaluatedItem> items;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // The header.
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    EvaluatedItem item;
    item.path = cells[0].substr(1, cells[0].size() - 2);
    item.label = std::stoi(cells[1]);
    for (size_t i = 3; i < cells.size(); ++i) item.logits.push_back(std::stod(cells[i]));
    items.push_back(std::move(item));
  }
  return items;
}

class EndToEndTest : public ServiceTest {
 protected:
  std::vector<std::string> ListJobNames() {
    grpc::ClientContext context;
    v1::ListJobsResponse response;
    const grpc::Status status = training_->ListJobs(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> names;
    for (const v1::Job& job : response.jobs()) names.push_back(job.name());
    return names;
  }

  v1::ClassifyResponse Classify(const std::string& image) {
    grpc::ClientContext context;
    v1::ClassifyRequest request;
    request.set_image(image);
    v1::ClassifyResponse response;
    const grpc::Status status = classification_->Classify(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(EndToEndTest, ClassifyAnswersWhatTheTrainerRecorded) {
  Start({"--precision", "fp32"});  // As the trainer's tests; auto may be faster and less exact.
  Push();
  const v1::Job job = AwaitEnd(CreateJob());
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
  const v1::ModelVersion version = GetVersion(job.result().model_version());
  const std::vector<EvaluatedItem> items =
      ReadEvaluation(data_dir() + "/models/dr/versions/1/evaluation.csv");
  ASSERT_FALSE(items.empty());
  std::vector<int64_t> confusion(25, 0);
  for (const EvaluatedItem& item : items) {
    const v1::ClassifyResponse answer =
        Classify(ReadFile(absl::StrCat(photographs(), "/", item.path)).value());
    ASSERT_EQ(answer.logits_size(), 5);
    for (int i = 0; i < 5; ++i) EXPECT_NEAR(answer.logits(i), item.logits[i], 1e-4) << item.path;
    EXPECT_EQ(answer.weights_sha256(), version.weights_sha256());
    EXPECT_EQ(answer.preprocess_fingerprint(), version.preprocess_fingerprint());
    ++confusion[item.label * 5 + answer.grade()];
  }
  EXPECT_THAT(confusion, testing::ElementsAreArray(version.metrics().test_confusion()));
  EXPECT_EQ(version.inference().choice(), v1::INFERENCE_PRECISION_AUTO);
  EXPECT_EQ(version.inference().served(), v1::INFERENCE_PRECISION_FP32);
  EXPECT_GT(version.inference().calibration_images(), 0);
}

TEST_F(EndToEndTest, AVersionIsCalibratedOnPatientsThatWereNotTrainedWith) {
  Start();
  Push();
  const std::string name = CreateJob();
  v1::TrainingStarted started;
  v1::EpochFinished last;
  AwaitEvent(name, [&](const v1::JobEvent& event) {
    if (event.has_training_started()) started = event.training_started();
    if (event.has_epoch_finished()) last = event.epoch_finished();
    return event.has_finished();
  });
  EXPECT_GT(started.validation_images(), 0);
  EXPECT_TRUE(last.has_validation());
  const v1::Job job = GetJob(name);
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
  EXPECT_EQ(job.spec().recipe().validation_share(), 0.1);
  const v1::Calibration calibration = GetVersion(job.result().model_version()).calibration();
  EXPECT_EQ(calibration.images(), started.validation_images());
  EXPECT_EQ(2 * calibration.patients(), started.validation_images());
  EXPECT_GT(calibration.temperature(), 0);
  const ProgramResult shown = Cli({"job", "watch", name});
  EXPECT_THAT(shown.output, HasSubstr(" validation and "));
  EXPECT_THAT(shown.output, HasSubstr("validation loss "));
}

TEST_F(EndToEndTest, WatchReplaysFromAnyNumberAndThePrometheusEndpointTells) {
  Start();
  Push();
  const std::string name = CreateJob();
  const v1::Job job = AwaitEnd(name);
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
  int64_t before = 0;
  std::vector<int64_t> epochs;
  AwaitEvent(name, [&](const v1::JobEvent& event) {
    EXPECT_GT(event.sequence(), before);
    before = event.sequence();
    if (event.has_epoch_finished()) epochs.push_back(event.sequence());
    return false;
  });
  ASSERT_EQ(epochs.size(), 2u);
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name(name);
  request.set_from_sequence(epochs[1]);
  const auto stream = training_->WatchJob(&context, request);
  v1::JobEvent first;
  ASSERT_TRUE(stream->Read(&first));
  EXPECT_EQ(first.sequence(), epochs[1]);

  Classify(ReadFile(photographs() + "/" +
                    ReadEvaluation(data_dir() + "/models/dr/versions/1/evaluation.csv")[0].path)
               .value());
  const std::string metrics = HttpGet(fovead_->metrics_address(), "/metrics");
  for (const char* series :
       {"fovea_jobs{state=\"succeeded\"} 1", "fovea_classified_images_total{grade=",
        "fovea_model_test_accuracy{model=\"dr\",version=\"1\"}", "fovea_build_info{version=",
        "process_resident_memory_bytes", "fovea_rpc_requests_total{code=\"OK\""}) {
    EXPECT_THAT(metrics, HasSubstr(series));
  }
}

TEST_F(EndToEndTest, TheCommandLineDoesItAll) {
  Start();
  Push();
  ProgramResult result = Cli({"job", "create", "--dataset", "eyes", "--epochs", "2",
                              "--head-epochs", "1", "--resize-short-side", "40", "--crop-size",
                              "32", "--batch-size", "4", "--watch"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("highest testing accuracy"));
  const std::string job = ListJobNames().front();
  result = Cli({"job", "watch", job, "--from-sequence", "100000", "--reconnect-for", "5s"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("the job has ended"));
  result = Cli({"classify", photographs() + "/held-back", "-o", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\"weights_sha256\""));
  const std::string exported = dir_ + "/exported.safetensors";
  result = Cli({"model", "export", "dr-resnet18", "-o", exported});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  result = Cli({"model", "import", exported, "--model-id", "again"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(GetVersion("models/again").weights_sha256(),
            GetVersion("models/dr-resnet18").weights_sha256());
  result = Cli({"job", "create", "--dataset", "eyes", "--init", "again", "--epochs", "1",
                "--head-epochs", "0", "--resize-short-side", "40", "--crop-size", "32",
                "--batch-size", "4", "--watch"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(Cli({"job", "get", "j-00000000-missing0"}).exit_code, 5);
  EXPECT_EQ(Cli({"dataset", "delete", "eyes"}).exit_code, 0);
}

TEST_F(EndToEndTest, UngradablePhotographsAndBothEyes) {
  Start({"--quality-min-short-side", "60", "--max-image-bytes", "9000000"});
  Push();
  ASSERT_EQ(AwaitEnd(CreateJob()).state(), v1::JOB_STATE_SUCCEEDED);
  const std::string left = dir_ + "/1_left.jpeg", right = dir_ + "/1_right.jpeg";
  const std::string thumbnail = dir_ + "/thumbnail.jpeg";
  ASSERT_TRUE(WriteFileAtomic(left, EncodeJpeg(PaintPhantom({7, 1, true, 64, 64}))).ok());
  ASSERT_TRUE(WriteFileAtomic(right, EncodeJpeg(PaintPhantom({7, 3, false, 64, 64}))).ok());
  ASSERT_TRUE(WriteFileAtomic(thumbnail, EncodeJpeg(PaintPhantom({7, 3, false, 59, 59}))).ok());

  ProgramResult result = Cli({"classify", "--left", left, "--right", right});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("(the worse of both eyes)"));
  result = Cli({"classify", "--left", left, "--right", thumbnail});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("right  UNGRADABLE too_small: "));
  EXPECT_THAT(result.output, HasSubstr("(of one eye only: the other one may be worse)"));
  result = Cli({"classify", thumbnail, left});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("1 of 2 photographs ungradable"));
  result = Cli({"classify", thumbnail, "--grade-anyway"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, testing::Not(HasSubstr("UNGRADABLE")));

  const std::string metrics = HttpGet(fovead_->metrics_address(), "/metrics");
  for (const char* series :
       {"fovea_quality_assessed_images_total{model=\"dr\",outcome=\"gradable\",version=\"1\"} 4",
        "outcome=\"ungradable\",version=\"1\"} 2", "outcome=\"graded_anyway\",version=\"1\"} 1",
        "fovea_quality_findings_total{model=\"dr\",reason=\"too_small\",version=\"1\"} 3"}) {
    EXPECT_THAT(metrics, HasSubstr(series));
  }

  // Each is within the limit of a photograph; together they exceed what one and its request need.
  const std::string large = ReadFile(left).value() + std::string(8'900'000, '\0');
  ASSERT_TRUE(WriteFileAtomic(left, large).ok());
  result = Cli({"classify", "--left", left, "--right", left});
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(EndToEndTest, ClassificationGoesOnWhileAJobTrainsAndVersionsSwap) {
  Start();
  Push();
  ASSERT_EQ(AwaitEnd(CreateJob()).state(), v1::JOB_STATE_SUCCEEDED);
  const std::string image =
      ReadFile(photographs() + "/" +
               ReadEvaluation(data_dir() + "/models/dr/versions/1/evaluation.csv")[0].path)
          .value();
  const std::string second = CreateJob(/*full_epochs=*/2);
  ASSERT_TRUE(AwaitEpochUnderWay(second, 2));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Classify(image).model_version(), "models/dr/versions/1");
  ASSERT_EQ(AwaitEnd(second).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(Classify(image).model_version(), "models/dr/versions/1");  // Still `production`.
  grpc::ClientContext context;
  v1::SetAliasRequest request;
  request.set_model("models/dr");
  request.set_alias("production");
  request.set_version(2);
  v1::Model model;
  ASSERT_TRUE(models_->SetAlias(&context, request, &model).ok());
  EXPECT_EQ(Classify(image).model_version(), "models/dr/versions/2");
}

TEST_F(EndToEndTest, OneJobADeviceTheOthersWaitAndCanBeCancelled) {
  Start();
  Push();
  const std::string first = CreateJob(/*full_epochs=*/200);
  const std::string second = CreateJob();
  ASSERT_TRUE(AwaitEpochUnderWay(first, 1));
  EXPECT_EQ(GetJob(second).state(), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(GetJob(second).queue_position(), 1);
  EXPECT_EQ(Cli({"dataset", "delete", "eyes"}).exit_code, 1);  // In use.
  const absl::Time asked = absl::Now();
  EXPECT_EQ(Cli({"job", "cancel", first}).exit_code, 0);
  EXPECT_EQ(AwaitEnd(first).state(), v1::JOB_STATE_CANCELLED);
  EXPECT_LT(absl::Now() - asked, absl::Seconds(20));
  EXPECT_EQ(AwaitEnd(second).state(), v1::JOB_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace fovea
