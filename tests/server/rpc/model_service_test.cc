#include "server/rpc/model_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/rpc/model_server.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class ModelServiceTest : public ::testing::Test {
 protected:
  // Calls a unary method with a request of one text field set by `fill`.
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::ModelService::Stub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    return (server_.stub().*method)(&context, request, response);
  }
  grpc::Status SetAlias(const std::string& model, const std::string& alias, int32_t version,
                        v1::Model* response) {
    v1::SetAliasRequest request;
    request.set_model(model);
    request.set_alias(alias);
    request.set_version(version);
    return Call(&v1::ModelService::Stub::SetAlias, request, response);
  }
  grpc::Status GetVersion(const std::string& name, v1::ModelVersion* response) {
    v1::GetModelVersionRequest request;
    request.set_name(name);
    return Call(&v1::ModelService::Stub::GetModelVersion, request, response);
  }
  grpc::Status Delete(const std::string& name) {
    v1::DeleteModelVersionRequest request;
    request.set_name(name);
    google::protobuf::Empty response;
    return Call(&v1::ModelService::Stub::DeleteModelVersion, request, &response);
  }

  ModelServer server_;
};

TEST_F(ModelServiceTest, ListsModelsByPages) {
  for (const char* id : {"c", "a", "b"}) server_.Publish(id, "weights");
  server_.Publish("a", "better weights");
  v1::ListModelsRequest request;
  request.set_page_size(2);
  v1::ListModelsResponse page;
  ASSERT_TRUE(Call(&v1::ModelService::Stub::ListModels, request, &page).ok());
  ASSERT_EQ(page.models_size(), 2);
  EXPECT_EQ(page.models(0).name(), "models/a");
  EXPECT_EQ(page.models(0).latest_version(), 2);
  EXPECT_EQ(page.models(0).version_count(), 2);
  EXPECT_THAT(page.models(0).aliases(), UnorderedElementsAre(Pair("production", 1)));
  request.set_page_token(page.next_page_token());
  ASSERT_TRUE(Call(&v1::ModelService::Stub::ListModels, request, &page).ok());
  ASSERT_EQ(page.models_size(), 1);
  EXPECT_EQ(page.models(0).name(), "models/c");
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(ModelServiceTest, ListsVersionsNewestFirst) {
  for (int i = 0; i < 5; ++i) server_.Publish("dr", "weights");
  ASSERT_TRUE(Delete("models/dr/versions/3").ok());
  v1::ListModelVersionsRequest request;
  request.set_parent("models/dr");
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    v1::ListModelVersionsResponse page;
    ASSERT_TRUE(Call(&v1::ModelService::Stub::ListModelVersions, request, &page).ok());
    for (const v1::ModelVersion& version : page.versions()) names.push_back(version.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("models/dr/versions/5", "models/dr/versions/4",
                                 "models/dr/versions/2", "models/dr/versions/1"));
  request.set_page_token("made up");
  v1::ListModelVersionsResponse page;
  EXPECT_EQ(Call(&v1::ModelService::Stub::ListModelVersions, request, &page).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ModelServiceTest, GetsByVersionAliasAndModel) {
  server_.Publish("dr", "one");
  server_.Publish("dr", "two");
  v1::ModelVersion version;
  ASSERT_TRUE(GetVersion("models/dr/versions/2", &version).ok());
  EXPECT_EQ(version.weights_sha256(), Sha256Hex("two"));
  for (const char* name : {"models/dr", "models/dr/aliases/production"}) {
    ASSERT_TRUE(GetVersion(name, &version).ok());
    EXPECT_EQ(version.name(), "models/dr/versions/1");
    EXPECT_THAT(version.aliases(), ElementsAre("production"));
  }
  EXPECT_EQ(GetVersion("models/dr/versions/3", &version).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(ModelServiceTest, SetAliasMovesAndRemoves) {
  server_.Publish("dr", "one");
  server_.Publish("dr", "two");
  v1::Model model;
  ASSERT_TRUE(SetAlias("models/dr", "production", 2, &model).ok());
  EXPECT_THAT(model.aliases(), UnorderedElementsAre(Pair("production", 2)));
  EXPECT_EQ(server_.changes(), 1);
  ASSERT_TRUE(SetAlias("models/dr", "production", 0, &model).ok());
  EXPECT_TRUE(model.aliases().empty());
  EXPECT_EQ(server_.changes(), 2);
  EXPECT_EQ(SetAlias("models/dr", "production", 9, &model).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(SetAlias("models/dr", "production", -1, &model).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server_.changes(), 2);
}

TEST_F(ModelServiceTest, DeleteKeepsWhatAnAliasPointsAt) {
  server_.Publish("dr", "one");
  server_.Publish("dr", "two");
  EXPECT_EQ(Delete("models/dr/versions/1").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(server_.changes(), 0);
  EXPECT_TRUE(Delete("models/dr/versions/2").ok());
  EXPECT_EQ(server_.changes(), 1);
  EXPECT_EQ(Delete("models/dr/versions/2").error_code(), grpc::StatusCode::NOT_FOUND);
  for (const char* name : {"models/dr", "models/dr/aliases/production"}) {
    EXPECT_EQ(Delete(name).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
  }
}

TEST_F(ModelServiceTest, NamesAreCheckedByPattern) {
  v1::ModelVersion version;
  v1::Model model;
  for (const std::string& name :
       {std::string(), std::string("dr"), std::string("models/.."), std::string("models/%2e%2e"),
        std::string("/models/dr"), std::string("models/a\0b", 10),
        "models/" + std::string(64, 'a')}) {
    v1::GetModelRequest get;
    get.set_name(name);
    v1::ListModelVersionsRequest list;
    list.set_parent(name);
    v1::ListModelVersionsResponse page;
    for (const grpc::Status& status :
         {GetVersion(name, &version), Delete(name),
          Call(&v1::ModelService::Stub::GetModel, get, &model),
          Call(&v1::ModelService::Stub::ListModelVersions, list, &page),
          SetAlias(name, "production", 1, &model)}) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
    }
  }
  const grpc::Status alias = SetAlias("models/dr", "../x", 1, &model);
  EXPECT_EQ(alias.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(alias.error_message(), HasSubstr("alias: "));
}

}  // namespace
}  // namespace fovea
