// ImportModel and ExportModel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/rpc/model_server.h"
#include "tests/testing/client_stream.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Import : public ClientStream<v1::ImportModelRequest, v1::ModelVersion> {
 public:
  explicit Import(ModelServer* server)
      : ClientStream([server](grpc::ClientContext* context, v1::ModelVersion* response) {
          return server->stub().ImportModel(context, response);
        }) {}

  v1::ImportModelHeader* header() { return request_.mutable_header(); }
  void SendHeader(const std::string& model_id) {
    request_.mutable_header()->set_model_id(model_id);
    Write(request_);
  }
  void SendFile(const std::string& bytes, size_t piece = 1 << 20) {
    for (size_t at = 0; at < bytes.size(); at += piece) {
      v1::ImportModelRequest request;
      request.set_chunk(bytes.substr(at, piece));
      if (!Write(request)) return;
    }
  }

 private:
  v1::ImportModelRequest request_;
};

struct Exported {
  grpc::Status status;
  v1::ModelVersion version;
  std::string file;
  size_t largest_chunk = 0;
};

Exported Export(ModelServer* server, const std::string& name) {
  grpc::ClientContext context;
  v1::ExportModelRequest request;
  request.set_name(name);
  const auto reader = server->stub().ExportModel(&context, request);
  Exported exported;
  v1::ExportModelResponse response;
  if (reader->Read(&response)) exported.version = response.version();
  while (reader->Read(&response)) {
    exported.file += response.chunk();
    exported.largest_chunk = std::max(exported.largest_chunk, response.chunk().size());
  }
  exported.status = reader->Finish();
  return exported;
}

class ModelTransferTest : public ::testing::Test {
 protected:
  void ExpectRefused(const grpc::Status& status, const std::string& text) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(text));
    EXPECT_FALSE(server_.HasTemporaryFiles());
    EXPECT_TRUE(server_.registry().ListModels().empty());
    EXPECT_EQ(server_.changes(), 0);
  }

  ModelServer server_;
  const std::string weights_ = std::string((3 << 20) + 7, 'w');
};

TEST_F(ModelTransferTest, ImportedFilesComeBackAsTheyWere) {
  Import import(&server_);
  import.header()->add_class_names("healthy");
  import.header()->add_class_names("ill");
  import.header()->mutable_preprocess()->set_crop_size(192);
  import.SendHeader("dr");
  import.SendFile(weights_);
  const grpc::Status status = import.End();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(import.response().name(), "models/dr/versions/1");
  EXPECT_EQ(import.response().weights_bytes(), static_cast<int64_t>(weights_.size()));
  EXPECT_THAT(import.response().class_names(), ElementsAre("healthy", "ill"));
  EXPECT_EQ(import.response().preprocess().crop_size(), 192);
  EXPECT_EQ(server_.changes(), 1);

  const Exported exported = Export(&server_, "models/dr");
  ASSERT_TRUE(exported.status.ok()) << exported.status.error_message();
  EXPECT_EQ(exported.version.name(), "models/dr/versions/1");
  EXPECT_EQ(exported.file, weights_);
  EXPECT_EQ(exported.largest_chunk, size_t{1} << 20);
  EXPECT_FALSE(server_.HasTemporaryFiles());
}

TEST_F(ModelTransferTest, RefusesBadHeaders) {
  {
    Import import(&server_);
    import.SendFile("weights");
    ExpectRefused(import.End(), "header: must be the first message");
  }
  {
    Import import(&server_);
    ExpectRefused(import.End(), "header: must be the first message");
  }
  for (const std::string& id : {std::string(), std::string(".."), std::string("a/b"),
                                std::string("%2e%2e"), std::string(64, 'a')}) {
    Import import(&server_);
    import.SendHeader(id);
    ExpectRefused(import.End(), "header.model_id");
  }
  {
    Import import(&server_);
    import.header()->add_class_names("a");
    import.SendHeader("dr");
    ExpectRefused(import.End(), "class_names");
  }
  {
    Import import(&server_);
    import.header()->mutable_preprocess()->set_crop_size(5);
    import.SendHeader("dr");
    ExpectRefused(import.End(), "crop_size");
  }
  {
    Import import(&server_);
    import.SendHeader("dr");
    import.SendHeader("dr");
    ExpectRefused(import.End(), "header: must be the first message only");
  }
}

TEST_F(ModelTransferTest, RefusesBadFiles) {
  {
    Import import(&server_);
    import.SendHeader("dr");
    ExpectRefused(import.End(), "the file is empty");
  }
  {
    Import import(&server_);
    import.SendHeader("dr");
    import.SendFile("not weights");
    ExpectRefused(import.End(), "not safetensors");
  }
  {
    Import import(&server_);
    import.SendHeader("dr");
    import.SendFile(weights_, (1 << 20) + 1);
    ExpectRefused(import.End(), "at most 1048576");
  }
  {
    Import import(&server_);
    import.SendHeader("dr");
    import.SendFile(std::string((8 << 20) + 1, 'w'));
    ExpectRefused(import.End(), "larger than the 8388608");
  }
}

TEST_F(ModelTransferTest, ABrokenImportLeavesNothing) {
  Import import(&server_);
  import.SendHeader("dr");
  import.SendFile(weights_);
  EXPECT_EQ(import.Break().error_code(), grpc::StatusCode::CANCELLED);
  // The service goes on, and nothing of the broken one is published.
  Import next(&server_);
  next.SendHeader("other");
  next.SendFile("weights");
  EXPECT_TRUE(next.End().ok());
  for (const ModelInfo& model : server_.registry().ListModels()) EXPECT_EQ(model.model_id, "other");
}

TEST_F(ModelTransferTest, ExportErrors) {
  EXPECT_EQ(Export(&server_, "models/dr").status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Export(&server_, "../dr").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  server_.Publish("dr", "damaged");
  const Exported exported = Export(&server_, "models/dr");
  EXPECT_EQ(exported.status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(exported.file, "");
  EXPECT_FALSE(server_.HasTemporaryFiles());
}

TEST_F(ModelTransferTest, ACallerWhoLeavesEndsTheExport) {
  server_.Publish("dr", std::string(32 << 20, 'w'));
  {
    grpc::ClientContext context;
    v1::ExportModelRequest request;
    request.set_name("models/dr");
    const auto reader = server_.stub().ExportModel(&context, request);
    v1::ExportModelResponse response;
    ASSERT_TRUE(reader->Read(&response));
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Export(&server_, "models/dr").status.ok());
}

}  // namespace
}  // namespace fovea
