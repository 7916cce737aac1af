// The repository: its index, and loading and unloading where that is allowed.
#include <gmock/gmock.h>

#include "tests/server/oip/oip_server.h"

namespace fovea {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

class ModelControlTest : public OipServer {
 protected:
  std::vector<std::string> Index(bool ready = false) {
    inference::RepositoryIndexRequest request;
    request.set_ready(ready);
    inference::RepositoryIndexResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->RepositoryIndex(&context, request, &response).ok());
    std::vector<std::string> lines;
    for (const auto& model : response.models()) {
      lines.push_back(model.name() + " " + model.version() + " " + model.state() +
                      (model.reason().empty() ? "" : " " + model.reason()));
    }
    return lines;
  }
  grpc::Status Load(const std::string& name) {
    inference::RepositoryModelLoadRequest request;
    request.set_model_name(name);
    inference::RepositoryModelLoadResponse response;
    grpc::ClientContext context;
    return stub_->RepositoryModelLoad(&context, request, &response);
  }
  grpc::Status Unload(const std::string& name) {
    inference::RepositoryModelUnloadRequest request;
    request.set_model_name(name);
    inference::RepositoryModelUnloadResponse response;
    grpc::ClientContext context;
    return stub_->RepositoryModelUnload(&context, request, &response);
  }
};

TEST_F(ModelControlTest, TheIndexHasEveryVersionUnderBothNames) {
  Publish("dr", 2);
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "bare", .class_names = {}}).ok());
  Start();
  const std::string why = "has no class names, so it can only be the init of a training job";
  EXPECT_THAT(Index(), ElementsAre("bare 1 UNAVAILABLE " + why, "bare-image 1 UNAVAILABLE " + why,
                                   "dr 1 READY", "dr 2 READY", "dr-image 1 READY",
                                   "dr-image 2 READY"));
  EXPECT_THAT(Index(true),
              ElementsAre("dr 1 READY", "dr 2 READY", "dr-image 1 READY", "dr-image 2 READY"));
}

TEST_F(ModelControlTest, ANameMeansOneModelOnly) {
  Publish("dr-image", 2);
  Start();
  EXPECT_THAT(Index(),
              ElementsAre("dr 1 READY", "dr-image 1 READY", "dr-image-image 1 READY"));
}

TEST_F(ModelControlTest, ThereIsOneRepository) {
  Start({.model_control = true});
  inference::RepositoryIndexRequest request;
  request.set_repository_name("other");
  inference::RepositoryIndexResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(stub_->RepositoryIndex(&context, request, &response).error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST_F(ModelControlTest, ControlIsRefusedUnlessItIsAllowed) {
  Start();
  for (const grpc::Status& status : {Load("dr"), Unload("dr"), Unload("none")}) {
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(status.error_message(), HasSubstr("--model-control on"));
  }
  MustInfer(TensorRequest({TensorOf(Photograph())}));
}

TEST_F(ModelControlTest, AnUnloadedModelIsUnavailableUntilItIsLoaded) {
  Start({.model_control = true});
  const Request request = TensorRequest({TensorOf(Photograph())});
  const Response before = MustInfer(request);
  ASSERT_TRUE(Unload("dr").ok());
  EXPECT_TRUE(models_.LoadedVersions().empty());
  EXPECT_THAT(Index(), ElementsAre("dr 1 UNAVAILABLE unloaded", "dr-image 1 UNAVAILABLE unloaded"));
  for (const char* version : {"", "1", "production"}) {
    Request again = request;
    again.set_model_version(version);
    Response ignored;
    const grpc::Status status = Infer(again, &ignored);
    EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << version;
    EXPECT_THAT(status.error_message(), HasSubstr("load it with RepositoryModelLoad"));
  }
  ASSERT_TRUE(Load("dr-image").ok());  // Both names are loaded together.
  EXPECT_THAT(models_.LoadedVersions(), ElementsAre("models/dr/versions/1"));
  EXPECT_EQ(MustInfer(request).raw_output_contents(0), before.raw_output_contents(0));
}

TEST_F(ModelControlTest, WhatCannotBeLoadedIsSaid) {
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "bare", .class_names = {}}).ok());
  Start({.model_control = true});
  EXPECT_EQ(Load("none").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Unload("none").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Load("bare").error_code(), StatusCode::FAILED_PRECONDITION);
  inference::RepositoryModelLoadRequest request;
  request.set_model_name("dr");
  (*request.mutable_parameters())["config"].set_string_param("{}");
  inference::RepositoryModelLoadResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(stub_->RepositoryModelLoad(&context, request, &response).error_code(),
            StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace fovea
