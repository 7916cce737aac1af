// A real server in this process with an inference.GRPCInferenceService, on a free port of the
// loopback.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/preprocess/preprocess.h"
#include "server/oip/inference_service.h"
#include "server/oip/tensor_contents.h"
#include "tests/server/serving/serving_fixture.h"

namespace fovea {

// One model, `dr`, of the five grades and with a crop of 32 pixels.
class OipServer : public ServingTest {
 protected:
  using Request = inference::ModelInferRequest;
  using Response = inference::ModelInferResponse;

  OipServer() : models_(registry_.get(), &metrics_, {}) { version_ = Publish("dr", 1); }
  ~OipServer() override {
    if (engine_ != nullptr) engine_->Stop();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  // With one core, a photograph whose `done` does not return holds all of inference.
  void Start(const InferenceServiceOptions& options = {},
             const EngineOptions& engine_options = {.cores = 1}) {
    engine_ = std::make_unique<Engine>(&models_, &metrics_, engine_options, &statistics_);
    service_ = std::make_unique<InferenceServiceImpl>(
        RpcEnv{&executor_, &metrics_}, &loads_, options, registry_.get(), &models_, engine_.get(),
        answers_.get(), &statistics_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(64 << 20);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = inference::GRPCInferenceService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  // A photograph as the network sees it: NCHW, little-endian.
  std::string TensorOf(const std::string& photograph) const {
    const PreprocessSpec& spec = version_.manifest.preprocess;
    const Image image = LoadImage(photograph, spec, {}).value();
    const size_t plane = static_cast<size_t>(spec.crop_size) * spec.crop_size;
    std::vector<float> nhwc(plane * 3);
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec, nhwc.data());
    std::string raw;
    for (size_t channel = 0; channel < 3; ++channel) {
      for (size_t i = 0; i < plane; ++i) AppendRaw(nhwc[i * 3 + channel], &raw);
    }
    return raw;
  }

  static Request TensorRequest(const std::vector<std::string>& tensors) {
    Request request;
    request.set_model_name("dr");
    auto* input = request.add_inputs();
    input->set_name("image");
    input->set_datatype("FP32");
    const std::vector<int64_t> shape = {static_cast<int64_t>(tensors.size()), 3, 32, 32};
    for (const int64_t size : shape) input->add_shape(size);
    std::string* raw = request.add_raw_input_contents();
    for (const std::string& tensor : tensors) raw->append(tensor);
    return request;
  }

  static Request ImageRequest(const std::vector<std::string>& files) {
    Request request;
    request.set_model_name("dr-image");
    auto* input = request.add_inputs();
    input->set_name("image");
    input->set_datatype("BYTES");
    input->add_shape(static_cast<int64_t>(files.size()));
    std::string* raw = request.add_raw_input_contents();
    for (const std::string& file : files) AppendRawBytes(file, raw);
    return request;
  }

  grpc::Status Infer(const Request& request, Response* response) {
    grpc::ClientContext context;
    return stub_->ModelInfer(&context, request, response);
  }
  Response MustInfer(const Request& request) {
    Response response;
    const grpc::Status status = Infer(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // Of a raw answer; empty when there is no such output.
  static std::string RawOutput(const Response& response, const std::string& name) {
    for (int i = 0; i < response.outputs_size(); ++i) {
      if (response.outputs(i).name() == name) return response.raw_output_contents(i);
    }
    return "";
  }
  template <typename T>
  static std::vector<T> NumbersOf(const std::string& raw) {
    std::vector<T> values(raw.size() / sizeof(T));
    memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  template <typename T>
  static std::vector<T> Output(const Response& response, const std::string& name) {
    return NumbersOf<T>(RawOutput(response, name));
  }

  Executor executor_{"rpc", 2};
  Executor loads_{"load", 2};
  const std::unique_ptr<AnswerRecorder> answers_ =
      AnswerRecorder::Open({.path = JoinPath(dir_, "answers.db")},
                           [](const std::string&) { return std::vector<int64_t>{}; }, &metrics_)
          .value();
  ServingStatistics statistics_{&metrics_};
  VersionInfo version_;
  ServedModels models_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<InferenceServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<inference::GRPCInferenceService::Stub> stub_;
};

}  // namespace fovea
