// A real server in this process with a ClassificationService, on a free port of the loopback.
#pragma once

#include <grpcpp/grpcpp.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "server/rpc/classification_service.h"
#include "tests/server/serving/serving_fixture.h"

namespace fovea {

// One model, `dr`, of the five grades.
class ClassificationServer : public ServingTest {
 protected:
  ClassificationServer() : models_(registry_.get(), &metrics_, {}) { Publish("dr", 1); }
  ~ClassificationServer() override {
    if (engine_ != nullptr) engine_->Stop();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  // With one core, a photograph whose `done` does not return holds all of inference.
  void Start(EngineOptions engine_options = {.cores = 1}, ClassifyStreamLimits limits = {}) {
    engine_ = std::make_unique<Engine>(&models_, &metrics_, engine_options);
    service_ = std::make_unique<ClassificationServiceImpl>(RpcEnv{&executor_, &metrics_},
                                                           engine_.get(), answers_.get(), &streams_,
                                                           limits);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::ClassificationService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  static v1::ClassifyRequest Request(const std::string& image, const std::string& id = "") {
    v1::ClassifyRequest request;
    request.set_image(image);
    request.set_request_id(id);
    return request;
  }

  grpc::Status Classify(const v1::ClassifyRequest& request, v1::ClassifyResponse* response) {
    grpc::ClientContext context;
    return stub_->Classify(&context, request, response);
  }

  // What the engine has graded, once it has stopped.
  int ClassifiedSoFar() {
    engine_->Stop();
    return static_cast<int>(SumOf("fovea_classified_images_total"));
  }

  Executor executor_{"rpc", 2};
  StreamRegistry streams_;
  const std::unique_ptr<AnswerRecorder> answers_ =
      AnswerRecorder::Open({.path = JoinPath(dir_, "answers.db")},
                           [](const std::string&) { return std::vector<int64_t>{}; }, &metrics_)
          .value();
  ServedModels models_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ClassificationServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ClassificationService::Stub> stub_;
};

}  // namespace fovea
