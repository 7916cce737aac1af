// What is said of the server and its models.
#include "server/oip/inference_service.h"

#include <gmock/gmock.h>

#include "tests/server/oip/oip_server.h"

namespace fovea {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

class InferenceServiceTest : public OipServer {
 protected:
  inference::ModelMetadataResponse Metadata(const std::string& name) {
    inference::ModelMetadataRequest request;
    request.set_name(name);
    inference::ModelMetadataResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->ModelMetadata(&context, request, &response).ok());
    return response;
  }
  inference::ModelConfig Config(const std::string& name) {
    inference::ModelConfigRequest request;
    request.set_name(name);
    inference::ModelConfigResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->ModelConfig(&context, request, &response).ok());
    return response.config();
  }
  grpc::Status Statistics(const std::string& name, const std::string& version,
                          inference::ModelStatisticsResponse* response) {
    inference::ModelStatisticsRequest request;
    request.set_name(name);
    request.set_version(version);
    grpc::ClientContext context;
    return stub_->ModelStatistics(&context, request, response);
  }
  grpc::Status Ready(const std::string& name, const std::string& version,
                     inference::ModelReadyResponse* response) {
    inference::ModelReadyRequest request;
    request.set_name(name);
    request.set_version(version);
    grpc::ClientContext context;
    return stub_->ModelReady(&context, request, response);
  }
};

TEST_F(InferenceServiceTest, TheServerIsReadyUntilItShutsDown) {
  Start();
  const auto ready = [&] {
    inference::ServerReadyResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->ServerReady(&context, {}, &response).ok());
    return response.ready();
  };
  EXPECT_TRUE(ready());
  service_->StopServing();
  EXPECT_FALSE(ready());
  inference::ServerLiveResponse live;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ServerLive(&context, {}, &live).ok());
  EXPECT_TRUE(live.live());
  inference::ModelReadyResponse model;
  ASSERT_TRUE(Ready("dr", "", &model).ok());
  EXPECT_FALSE(model.ready());
}

TEST_F(InferenceServiceTest, ExtensionsAreThoseThatWork) {
  for (const bool control : {false, true}) {
    Start({.model_control = control, .server_version = "1.2.3"});
    inference::ServerMetadataResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->ServerMetadata(&context, {}, &response).ok());
    EXPECT_EQ(response.name(), "fovead");
    EXPECT_EQ(response.version(), "1.2.3");
    std::vector<std::string> expected = {"classification", "model_configuration", "schedule_policy",
                                         "statistics"};
    if (control) expected.push_back("model_repository");
    EXPECT_THAT(response.extensions(), testing::ElementsAreArray(expected));
    server_->Shutdown();
  }
}

TEST_F(InferenceServiceTest, AModelIsReadyWhenItCanAnswer) {
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "bare", .class_names = {}}).ok());
  Start();
  inference::ModelReadyResponse response;
  for (const char* name : {"dr", "dr-image"}) {
    for (const char* version : {"", "1", "production"}) {
      ASSERT_TRUE(Ready(name, version, &response).ok()) << name << version;
      EXPECT_TRUE(response.ready());
    }
  }
  ASSERT_TRUE(Ready("bare", "", &response).ok());
  EXPECT_FALSE(response.ready());
  EXPECT_EQ(Ready("none", "", &response).error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Ready("dr", "2", &response).error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Ready("", "", &response).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(InferenceServiceTest, MetadataOfTensorsIsWhatClientsOfClassesExpect) {
  Publish("dr", 2);
  Start();
  const inference::ModelMetadataResponse metadata = Metadata("dr");
  EXPECT_EQ(metadata.name(), "dr");
  EXPECT_THAT(metadata.versions(), ElementsAre("1", "2"));
  EXPECT_EQ(metadata.platform(), "fovea");
  ASSERT_EQ(metadata.inputs_size(), 1);
  EXPECT_EQ(metadata.inputs(0).name(), "image");
  EXPECT_EQ(metadata.inputs(0).datatype(), "FP32");
  EXPECT_THAT(metadata.inputs(0).shape(), ElementsAre(-1, 3, 32, 32));
  ASSERT_EQ(metadata.outputs_size(), 1);
  EXPECT_EQ(metadata.outputs(0).name(), "probabilities");
  EXPECT_THAT(metadata.outputs(0).shape(), ElementsAre(-1, 5));
  EXPECT_EQ(metadata.properties().at("class_names"), R"(["0","1","2","3","4"])");
  EXPECT_THAT(metadata.properties().at("preprocess"), HasSubstr("\"crop_size\":32"));
  EXPECT_EQ(metadata.properties().at("version"), "models/dr/versions/1");
}

TEST_F(InferenceServiceTest, MetadataOfPhotographsHasAllOutputs) {
  Start();
  const inference::ModelMetadataResponse metadata = Metadata("dr-image");
  EXPECT_EQ(metadata.inputs(0).datatype(), "BYTES");
  EXPECT_THAT(metadata.inputs(0).shape(), ElementsAre(-1));
  EXPECT_EQ(metadata.outputs_size(), 9);
  // What is answered is what was announced.
  const Response response = MustInfer(ImageRequest({Photograph()}));
  ASSERT_EQ(response.outputs_size(), metadata.outputs_size());
  for (int i = 0; i < response.outputs_size(); ++i) {
    EXPECT_EQ(response.outputs(i).name(), metadata.outputs(i).name());
    EXPECT_EQ(response.outputs(i).datatype(), metadata.outputs(i).datatype());
    EXPECT_EQ(response.outputs(i).shape_size(), metadata.outputs(i).shape_size());
  }
}

TEST_F(InferenceServiceTest, ConfigurationFitsTheMetadata) {
  Start({.limits = {.max_inputs = 16, .max_batch = 4, .max_queue = 99}});
  const inference::ModelConfig config = Config("dr");
  EXPECT_EQ(config.name(), "dr");
  EXPECT_EQ(config.platform(), "fovea");
  EXPECT_EQ(config.backend(), "fovea");
  EXPECT_EQ(config.max_batch_size(), 16);
  EXPECT_TRUE(config.version_policy().has_all());
  ASSERT_EQ(config.input_size(), 1);
  EXPECT_EQ(config.input(0).data_type(), inference::TYPE_FP32);
  EXPECT_EQ(config.input(0).format(), inference::ModelInput::FORMAT_NCHW);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(3, 32, 32));
  ASSERT_EQ(config.output_size(), 1);
  EXPECT_EQ(config.output(0).data_type(), inference::TYPE_FP32);
  EXPECT_THAT(config.output(0).dims(), ElementsAre(5));
  EXPECT_THAT(config.dynamic_batching().preferred_batch_size(), ElementsAre(4));
  EXPECT_EQ(config.dynamic_batching().priority_levels(), 10u);
  EXPECT_EQ(config.dynamic_batching().default_priority_level(), 5u);
  EXPECT_EQ(config.dynamic_batching().default_queue_policy().max_queue_size(), 99u);
  EXPECT_TRUE(config.dynamic_batching().default_queue_policy().allow_timeout_override());
  EXPECT_EQ(config.parameters().at("architecture").string_value(), "resnet18");
  const inference::ModelConfig image = Config("dr-image");
  EXPECT_EQ(image.input(0).data_type(), inference::TYPE_STRING);
  EXPECT_EQ(image.input(0).format(), inference::ModelInput::FORMAT_NONE);
  EXPECT_EQ(image.max_batch_size(), 0);
  EXPECT_THAT(image.input(0).dims(), ElementsAre(-1));
  EXPECT_THAT(image.output(0).dims(), ElementsAre(-1, 5));
  EXPECT_EQ(image.parameters().at("max_inputs").string_value(), "16");
}

TEST_F(InferenceServiceTest, UnknownModelsAndVersionsAreNotFound) {
  Start();
  for (const auto& [name, version] : std::vector<std::pair<std::string, std::string>>{
           {"none", ""}, {"dr", "2"}, {"dr-image", "no-alias"}}) {
    grpc::ClientContext metadata, config;
    inference::ModelMetadataRequest metadata_request;
    inference::ModelMetadataResponse metadata_response;
    metadata_request.set_name(name);
    metadata_request.set_version(version);
    EXPECT_EQ(stub_->ModelMetadata(&metadata, metadata_request, &metadata_response).error_code(),
              StatusCode::NOT_FOUND);
    inference::ModelConfigRequest config_request;
    inference::ModelConfigResponse config_response;
    config_request.set_name(name);
    config_request.set_version(version);
    EXPECT_EQ(stub_->ModelConfig(&config, config_request, &config_response).error_code(),
              StatusCode::NOT_FOUND);
    inference::ModelStatisticsResponse statistics;
    EXPECT_EQ(Statistics(name, version, &statistics).error_code(), StatusCode::NOT_FOUND);
  }
}

TEST_F(InferenceServiceTest, StatisticsCountRequestsInputsAndBatches) {
  Start();
  const std::string tensor = TensorOf(Photograph());
  MustInfer(TensorRequest({tensor}));
  MustInfer(TensorRequest({tensor, tensor, tensor}));
  MustInfer(ImageRequest({Photograph()}));
  Response ignored;
  Request bad = TensorRequest({tensor});
  bad.mutable_inputs(0)->set_name("x");
  EXPECT_FALSE(Infer(bad, &ignored).ok());
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Statistics("dr", "1", &response).ok());
  ASSERT_EQ(response.model_stats_size(), 1);
  const inference::ModelStatistics& stats = response.model_stats(0);
  EXPECT_EQ(stats.name(), "dr");
  EXPECT_EQ(stats.version(), "1");
  EXPECT_GT(stats.last_inference(), 1'600'000'000'000u);
  EXPECT_EQ(stats.inference_count(), 4u);
  EXPECT_GE(stats.execution_count(), 2u);
  EXPECT_EQ(stats.inference_stats().success().count(), 2u);
  EXPECT_EQ(stats.inference_stats().fail().count(), 1u);
  EXPECT_EQ(stats.inference_stats().compute_infer().count(), 2u);
  EXPECT_GT(stats.inference_stats().compute_infer().ns(), 0u);
  EXPECT_GE(stats.inference_stats().success().ns(),
            stats.inference_stats().queue().ns() + stats.inference_stats().compute_input().ns() +
                stats.inference_stats().compute_infer().ns() +
                stats.inference_stats().compute_output().ns());
  uint64_t inputs = 0, batches = 0;
  for (const auto& batch : stats.batch_stats()) {
    inputs += batch.batch_size() * batch.compute_infer().count();
    batches += batch.compute_infer().count();
  }
  EXPECT_EQ(inputs, stats.inference_count());
  EXPECT_EQ(batches, stats.execution_count());
}

TEST_F(InferenceServiceTest, StatisticsOfAllModelsHaveBothNamesOfEach) {
  Publish("other", 2);
  Start();
  MustInfer(ImageRequest({Photograph()}));
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Statistics("", "", &response).ok());
  std::vector<std::string> seen;
  for (const auto& stats : response.model_stats()) {
    seen.push_back(stats.name() + " " + std::to_string(stats.inference_count()));
  }
  EXPECT_THAT(seen, ElementsAre("dr 0", "dr-image 1", "other 0", "other-image 0"));
}

TEST_F(InferenceServiceTest, CountsAreMetricsUnderTheNamesThatDashboardsKnow) {
  Start();
  MustInfer(TensorRequest({TensorOf(Photograph()), TensorOf(Photograph())}));
  EXPECT_EQ(SumOf("nv_inference_request_success"), 1);
  EXPECT_EQ(SumOf("nv_inference_count"), 2);
  EXPECT_GE(SumOf("nv_inference_exec_count"), 1);
  EXPECT_GT(SumOf("nv_inference_request_duration_us"), 0);
  EXPECT_EQ(SumOf("nv_inference_request_failure"), 0);
  Response ignored;
  Request bad = TensorRequest({TensorOf(Photograph())});
  bad.mutable_inputs(0)->set_name("x");
  EXPECT_FALSE(Infer(bad, &ignored).ok());
  EXPECT_EQ(SumOf("nv_inference_request_failure"), 1);
}

}  // namespace
}  // namespace fovea
