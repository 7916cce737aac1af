#include "server/rpc/dataset_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "tests/server/rpc/dataset_server.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatasetServiceTest : public ::testing::Test {
 protected:
  DatasetServiceTest() {
    for (const char* label : {"0", "1"}) {
      for (int i = 0; i < 5; ++i) {
        server_.root().Write(absl::StrCat("set/", label, "/", i, ".jpg"),
                             absl::StrCat(label, " ", i));
      }
    }
  }
  grpc::Status Create(const std::string& id, const std::string& dir, v1::Dataset* dataset) {
    v1::CreateDatasetRequest request;
    request.set_dataset_id(id);
    request.set_source_dir(dir);
    grpc::ClientContext context;
    return server_.stub().CreateDataset(&context, request, dataset);
  }
  grpc::Status Get(const std::string& name, v1::Dataset* dataset) {
    v1::GetDatasetRequest request;
    request.set_name(name);
    grpc::ClientContext context;
    return server_.stub().GetDataset(&context, request, dataset);
  }
  grpc::Status Delete(const std::string& name) {
    v1::DeleteDatasetRequest request;
    request.set_name(name);
    google::protobuf::Empty response;
    grpc::ClientContext context;
    return server_.stub().DeleteDataset(&context, request, &response);
  }
  grpc::Status List(int size, const std::string& token, v1::ListDatasetsResponse* response) {
    v1::ListDatasetsRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    grpc::ClientContext context;
    return server_.stub().ListDatasets(&context, request, response);
  }

  DatasetServer server_;
};

TEST_F(DatasetServiceTest, CreatesGetsAndDeletes) {
  v1::Dataset created;
  ASSERT_TRUE(Create("retina", "set", &created).ok());
  EXPECT_THAT(created.class_names(), ElementsAre("0", "1"));
  EXPECT_THAT(created.split(), HasSubstr("20 % of the patients"));
  v1::Dataset got;
  ASSERT_TRUE(Get("datasets/retina", &got).ok());
  EXPECT_EQ(got.SerializeAsString(), created.SerializeAsString());
  ASSERT_TRUE(Delete("datasets/retina").ok());
  EXPECT_EQ(Get("datasets/retina", &got).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Delete("datasets/retina").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DatasetServiceTest, TakesTheOptionsOfTheRequest) {
  v1::CreateDatasetRequest request;
  request.set_dataset_id("retina");
  request.set_source_dir("set");
  request.set_layout("folders");
  request.set_test_share(0.4);
  request.set_split_seed(7);
  request.add_class_names("healthy");
  request.add_class_names("ill");
  request.set_validate_only(true);
  v1::Dataset dataset;
  grpc::ClientContext context;
  ASSERT_TRUE(server_.stub().CreateDataset(&context, request, &dataset).ok());
  EXPECT_THAT(dataset.test_class_counts(), ElementsAre(2, 2));
  EXPECT_THAT(dataset.class_names(), ElementsAre("healthy", "ill"));
  EXPECT_THAT(dataset.split(), HasSubstr("seed 7"));
  EXPECT_FALSE(Get("datasets/retina", &dataset).ok());

  request.set_test_share(0);
  grpc::ClientContext second;
  const grpc::Status refused = server_.stub().CreateDataset(&second, request, &dataset);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("test_share"));
}

TEST_F(DatasetServiceTest, NamesAreCheckedByPattern) {
  v1::Dataset dataset;
  for (const std::string& name :
       {std::string(), std::string("retina"), std::string("datasets/"), std::string("datasets/.."),
        std::string("datasets/../datasets/x"), std::string("datasets/%2e%2e"),
        std::string("datasets/a\0b", 12), std::string("/datasets/x"), std::string("datasets/A"),
        "datasets/" + std::string(64, 'a')}) {
    for (const grpc::Status& status : {Get(name, &dataset), Delete(name)}) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
      EXPECT_THAT(status.error_message(), HasSubstr("name: ")) << name;
    }
  }
  EXPECT_EQ(Create("..", "set", &dataset).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Create("x", "..", &dataset).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Create("x", "/etc", &dataset).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(DatasetServiceTest, DoesNotDeleteWhatAJobUses) {
  v1::Dataset dataset;
  ASSERT_TRUE(Create("retina", "set", &dataset).ok());
  server_.SetInUse("datasets/retina");
  EXPECT_EQ(Delete("datasets/retina").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Get("datasets/retina", &dataset).ok());
}

TEST_F(DatasetServiceTest, ListsByPages) {
  v1::Dataset dataset;
  for (const char* id : {"e", "a", "c", "d", "b"}) ASSERT_TRUE(Create(id, "set", &dataset).ok());
  std::vector<std::string> names;
  std::string token;
  int pages = 0;
  do {
    v1::ListDatasetsResponse response;
    ASSERT_TRUE(List(2, token, &response).ok());
    for (const v1::Dataset& entry : response.datasets()) names.push_back(entry.name());
    token = response.next_page_token();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(names, ElementsAre("datasets/a", "datasets/b", "datasets/c", "datasets/d",
                                 "datasets/e"));
  v1::ListDatasetsResponse all;
  ASSERT_TRUE(List(5, "", &all).ok());
  EXPECT_EQ(all.next_page_token(), "");
  EXPECT_EQ(List(-1, "", &all).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(List(0, "made up", &all).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(DatasetServiceTest, FindMissingChecksHashesAndCount) {
  v1::FindMissingFilesRequest request;
  v1::FindMissingFilesResponse response;
  request.add_sha256(Sha256Hex("x"));
  {
    grpc::ClientContext context;
    ASSERT_TRUE(server_.stub().FindMissingFiles(&context, request, &response).ok());
    EXPECT_THAT(response.missing(), ElementsAre(Sha256Hex("x")));
  }
  request.add_sha256("../../etc/passwd");
  {
    grpc::ClientContext context;
    const grpc::Status status = server_.stub().FindMissingFiles(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("sha256[1]"));
  }
  request.clear_sha256();
  for (int i = 0; i < 10001; ++i) request.add_sha256(Sha256Hex("x"));
  grpc::ClientContext context;
  const grpc::Status status = server_.stub().FindMissingFiles(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("at most 10000"));
}

}  // namespace
}  // namespace fovea
