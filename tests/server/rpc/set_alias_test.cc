// SetAlias with conditions, through a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/rpc/model_server.h"
#include "tests/testing/stored_evaluation.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Version 1 is production and right about 90 %, version 2 about 40 % of the same photographs.
class SetAliasTest : public testing::Test {
 protected:
  SetAliasTest() {
    server_.Publish("dr", "one");
    server_.Publish("dr", "two");
    Evaluate({.id = "one", .model = "models/dr/versions/1", .right = 0.9});
    Evaluate({.id = "two", .model = "models/dr/versions/2", .right = 0.4});
    request_.set_model("models/dr");
    request_.set_alias("production");
    request_.set_version(2);
    request_.mutable_require()->set_kappa_not_worse(true);
  }

  void Evaluate(TestEvaluation evaluation) {
    evaluation.classes = 2;
    PublishTestEvaluation(evaluation, &server_.evaluations());
  }
  grpc::Status Set(v1::Model* model) {
    grpc::ClientContext context;
    return server_.stub().SetAlias(&context, request_, model);
  }
  v1::Model Get() {
    v1::GetModelRequest request;
    request.set_name("models/dr");
    v1::Model model;
    grpc::ClientContext context;
    EXPECT_TRUE(server_.stub().GetModel(&context, request, &model).ok());
    return model;
  }

  ModelServer server_;
  v1::SetAliasRequest request_;
  v1::Model model_;
};

TEST_F(SetAliasTest, AWorseVersionIsRefusedAndNothingChanges) {
  const grpc::Status status = Set(&model_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("production of models/dr stays at version 1"));
  EXPECT_THAT(status.error_message(), HasSubstr("\n  kappa_not_worse: not met: kappa 0."));
  EXPECT_EQ(Get().aliases().at("production"), 1);
  EXPECT_EQ(Get().alias_changes_size(), 1);  // That of the import.
  EXPECT_EQ(server_.changes(), 0);
}

TEST_F(SetAliasTest, ForceDoesItAndIsRecorded) {
  request_.set_force(true);
  request_.set_reason("the old one does not know the new camera");
  ASSERT_TRUE(Set(&model_).ok());
  EXPECT_EQ(server_.changes(), 1);
  const v1::Model model = Get();
  EXPECT_EQ(model.aliases().at("production"), 2);
  ASSERT_EQ(model.alias_changes_size(), 2);
  const v1::AliasChange& change = model.alias_changes(0);
  EXPECT_EQ(change.alias(), "production");
  EXPECT_EQ(change.from_version(), 1);
  EXPECT_EQ(change.to_version(), 2);
  EXPECT_TRUE(change.forced());
  EXPECT_EQ(change.reason(), "the old one does not know the new camera");
  EXPECT_THAT(change.checks(1), HasSubstr("kappa_not_worse: not met"));
  EXPECT_GT(change.time().seconds(), 0);
  EXPECT_EQ(model_.alias_changes_size(), 2);  // In the answer, too.
}

TEST_F(SetAliasTest, WhatIsMetIsNotForced) {
  Evaluate({.id = "better", .model = "models/dr/versions/2", .right = 0.95, .create_seconds = 9});
  request_.set_force(true);
  ASSERT_TRUE(Set(&model_).ok());
  EXPECT_FALSE(model_.alias_changes(0).forced());
  EXPECT_THAT(model_.alias_changes(0).checks(1), HasSubstr("kappa_not_worse: met"));
}

TEST_F(SetAliasTest, WithoutConditionsItIsAsBefore) {
  request_.clear_require();
  request_.set_reason("back");
  ASSERT_TRUE(Set(&model_).ok());
  EXPECT_THAT(model_.alias_changes(0).checks(), IsEmpty());
  EXPECT_EQ(model_.alias_changes(0).reason(), "back");
}

TEST_F(SetAliasTest, RemovingIsRecordedAndTakesNoConditions) {
  request_.set_version(0);
  EXPECT_EQ(Set(&model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request_.clear_require();
  ASSERT_TRUE(Set(&model_).ok());
  EXPECT_EQ(model_.alias_changes(0).from_version(), 1);
  EXPECT_EQ(model_.alias_changes(0).to_version(), 0);
}

TEST_F(SetAliasTest, OnlyTheLastTwentyChangesAreShown) {
  request_.clear_require();
  for (int i = 0; i < 25; ++i) {
    request_.set_version(1 + i % 2);
    ASSERT_TRUE(Set(&model_).ok());
  }
  EXPECT_EQ(model_.alias_changes_size(), 20);
  EXPECT_EQ(model_.alias_changes(0).to_version(), 1);
  v1::ListModelsResponse models;
  grpc::ClientContext context;
  ASSERT_TRUE(server_.stub().ListModels(&context, {}, &models).ok());
  EXPECT_EQ(models.models(0).alias_changes_size(), 0);
}

TEST_F(SetAliasTest, LongReasonsAndFiguresOutOfRangeAreRefused) {
  request_.set_reason(std::string(501, 'x'));
  EXPECT_EQ(Set(&model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request_.set_reason(std::string(500, 'x'));
  request_.mutable_require()->set_min_kappa(2);
  const grpc::Status status = Set(&model_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("require.min_kappa: is 2, allowed are -1 to 1"));
}

}  // namespace
}  // namespace fovea
