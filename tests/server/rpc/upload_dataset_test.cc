#include "server/rpc/upload_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/thread.h"
#include "tests/server/rpc/dataset_server.h"
#include "tests/testing/await.h"
#include "tests/testing/client_stream.h"

namespace fovea {
namespace {

using ::testing::HasSubstr;

// One upload as a caller makes it.
class Upload : public ClientStream<v1::UploadDatasetRequest, v1::Dataset> {
 public:
  explicit Upload(DatasetServer* server)
      : ClientStream([server](grpc::ClientContext* context, v1::Dataset* response) {
          return server->stub().UploadDataset(context, response);
        }) {}

  void Header(const std::string& id, int64_t item_count = 0) {
    v1::UploadDatasetRequest request;
    request.mutable_header()->set_dataset_id(id);
    request.mutable_header()->add_class_names("a");
    request.mutable_header()->add_class_names("b");
    request.mutable_header()->set_split("as given");
    request.mutable_header()->set_item_count(item_count);
    Write(request);
  }
  // Of contents in turn: label 0 in the train part, label 1 in the test part.
  void Items(const std::vector<std::string>& contents, const std::string& path_prefix = "") {
    v1::UploadDatasetRequest request;
    for (size_t i = 0; i < contents.size(); ++i) {
      v1::DatasetItem* item = request.mutable_items()->add_items();
      item->set_path(absl::StrCat(path_prefix, i, ".jpg"));
      item->set_label(static_cast<int>(i % 2));
      item->set_part(i % 2 == 0 ? v1::PART_TRAIN : v1::PART_TEST);
      item->set_sha256(Sha256Hex(contents[i]));
      item->set_size(static_cast<int64_t>(contents[i].size()));
    }
    Write(request);
  }
  bool Chunk(const std::string& sha256, const std::string& data) {
    v1::UploadDatasetRequest request;
    request.mutable_chunk()->set_sha256(sha256);
    request.mutable_chunk()->set_data(data);
    return Write(request);
  }
  void File(const std::string& content) {
    const std::string hash = Sha256Hex(content);
    for (size_t at = 0; at < content.size(); at += 1 << 20) {
      Chunk(hash, content.substr(at, 1 << 20));
    }
  }
};

class UploadDatasetTest : public ::testing::Test {
 protected:
  bool IsStored(const std::string& content) {
    return server_.catalogue().FindMissing({Sha256Hex(content)})->empty();
  }
  void ExpectRefused(const grpc::Status& status, const std::string& text) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }

  DatasetServer server_;
  const std::string large_ = std::string((5 << 20) + 3, 'x');
};

TEST_F(UploadDatasetTest, StoresFilesInChunks) {
  Upload upload(&server_);
  upload.Header("set", 2);
  upload.Items({"first", large_});
  upload.File("first");
  upload.File(large_);
  const grpc::Status status = upload.End();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(upload.response().name(), "datasets/set");
  EXPECT_EQ(upload.response().bytes(), static_cast<int64_t>(5 + large_.size()));
  EXPECT_EQ(upload.response().split(), "as given");
  const auto stored = server_.catalogue().Lookup("set");
  const auto items = *ReadIndex(stored->index_path);
  EXPECT_EQ(*ReadItem(stored->files, items[1], 10 << 20), large_);
}

TEST_F(UploadDatasetTest, AfterABreakOnlyTheRestIsSent) {
  {
    Upload broken(&server_);
    broken.Header("set");
    broken.Items({"first", large_});
    broken.File("first");
    broken.Chunk(Sha256Hex(large_), large_.substr(0, 1 << 20));
    // Breaking earlier could overtake what was sent.
    ASSERT_TRUE(AwaitCondition([&] { return IsStored("first"); }));
    EXPECT_EQ(broken.Break().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(IsStored("first"));
  EXPECT_FALSE(IsStored(large_));
  EXPECT_TRUE(AwaitCondition([&] {
    return std::filesystem::is_empty(server_.data() / "blobs/tmp");
  })) << "the half file must go";
  EXPECT_FALSE(server_.catalogue().Get("set").ok());

  Upload upload(&server_);
  upload.Header("set");
  upload.Items({"first", large_});
  upload.File(large_);
  EXPECT_TRUE(upload.End().ok());
}

TEST_F(UploadDatasetTest, ARepeatedPushSucceedsWithoutSending) {
  for (int i = 0; i < 2; ++i) {
    Upload upload(&server_);
    upload.Header("set");
    upload.Items({"first", "second"});
    if (i == 0) {
      upload.File("first");
      upload.File("second");
    }
    EXPECT_TRUE(upload.End().ok());
  }
  Upload other(&server_);
  other.Header("set");
  other.Items({"first", "third"});
  other.File("third");
  EXPECT_EQ(other.End().error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(UploadDatasetTest, MissingFilesAreCounted) {
  Upload upload(&server_);
  upload.Header("set");
  upload.Items({"first", "second", "third"});
  upload.File("first");
  const grpc::Status status = upload.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("2 of 3 files are missing"));
}

TEST_F(UploadDatasetTest, RefusesMessagesOutOfOrder) {
  {
    Upload upload(&server_);
    upload.Items({"first", "second"});
    ExpectRefused(upload.End(), "header: must be the first");
  }
  {
    Upload upload(&server_);
    ExpectRefused(upload.End(), "header: must be the first");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Header("set");
    ExpectRefused(upload.End(), "header: must be the first message only");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Write({});
    ExpectRefused(upload.End(), "message: must be");
  }
  {
    Upload upload(&server_);
    upload.Header("../set");
    ExpectRefused(upload.End(), "header.dataset_id");
  }
}

TEST_F(UploadDatasetTest, RefusesFewerItemsThanPromised) {
  Upload upload(&server_);
  upload.Header("set", 4);
  upload.Items({"first", "second"});
  upload.File("first");
  upload.File("second");
  ExpectRefused(upload.End(), "header.item_count: is 4, but 2 items came");
  EXPECT_FALSE(server_.catalogue().Get("set").ok());
}

TEST_F(UploadDatasetTest, RefusesBadItemsAndChunks) {
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Items({"first", "second"}, "../");
    ExpectRefused(upload.End(), "items[0].path");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    v1::UploadDatasetRequest request;
    request.mutable_items()->add_items()->set_path("x.jpg");
    upload.Write(request);
    ExpectRefused(upload.End(), "items[0]: part: ");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Items({"first", "second"});
    upload.Chunk(Sha256Hex("first"), "wrong");
    ExpectRefused(upload.End(), "has the hash");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Items({"first", "second"});
    upload.Chunk(Sha256Hex("first"), "too many bytes");
    ExpectRefused(upload.End(), "more than the 5 bytes");
  }
  {
    Upload upload(&server_);
    upload.Header("set");
    upload.Items({"first", large_});
    upload.Chunk(Sha256Hex(large_), large_.substr(0, (1 << 20) + 1));
    ExpectRefused(upload.End(), "at most 1048576");
  }
  EXPECT_TRUE(std::filesystem::is_empty(server_.data() / "blobs/tmp"));
}

TEST_F(UploadDatasetTest, ConcurrentUploadsOfTheSameContent) {
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back(absl::StrCat("push-", i), [this, i] {
        Upload upload(&server_);
        upload.Header(absl::StrCat("set-", i % 3));
        upload.Items({"first", large_});
        upload.File("first");
        upload.File(large_);
        const grpc::Status status = upload.End();
        EXPECT_TRUE(status.ok()) << status.error_message();
      });
    }
  }
  EXPECT_EQ(server_.catalogue().List("", 10).size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(IsStored(large_));
    EXPECT_TRUE(server_.catalogue().Delete(absl::StrCat("set-", i)).ok());
  }
  EXPECT_FALSE(IsStored(large_));
}

}  // namespace
}  // namespace fovea
