#include "server/rpc/dataset_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/rpc/paging.h"
#include "server/rpc/upload_dataset.h"

namespace fovea {
namespace {

constexpr int kMaxHashes = 10000;

CreateDatasetParams ToParams(const v1::CreateDatasetRequest& request) {
  CreateDatasetParams params;
  params.id = request.dataset_id();
  params.source_dir = request.source_dir();
  if (!request.layout().empty()) params.layout.layout = request.layout();
  if (request.has_test_share()) params.layout.test_share = request.test_share();
  params.layout.split_seed = request.split_seed();
  params.layout.class_names.assign(request.class_names().begin(), request.class_names().end());
  params.validate_only = request.validate_only();
  return params;
}

// The value of a fallible call, in place of the response.
template <typename Message>
absl::Status MoveTo(absl::StatusOr<Message> value, Message* response) {
  if (!value.ok()) return value.status();
  *response = *std::move(value);
  return absl::OkStatus();
}

absl::Status FindMissing(const DatasetCatalogue& catalogue,
                         const v1::FindMissingFilesRequest& request,
                         v1::FindMissingFilesResponse* response) {
  if (request.sha256_size() > kMaxHashes) {
    return FieldError("sha256", absl::StrCat("has ", request.sha256_size(), " entries, at most ",
                                             kMaxHashes, " are allowed; ask in several calls"));
  }
  FOVEA_ASSIGN_OR_RETURN(
      const std::vector<std::string> missing,
      catalogue.FindMissing({request.sha256().begin(), request.sha256().end()}));
  response->mutable_missing()->Add(missing.begin(), missing.end());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* DatasetServiceImpl::CreateDataset(grpc::CallbackServerContext* context,
                                                        const v1::CreateDatasetRequest* request,
                                                        v1::Dataset* response) {
  return RunUnary(bulk_env_, context, "DatasetService/CreateDataset", [=, this] {
    return MoveTo(catalogue_->Create(ToParams(*request)), response);
  });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::FindMissingFiles(
    grpc::CallbackServerContext* context, const v1::FindMissingFilesRequest* request,
    v1::FindMissingFilesResponse* response) {
  return RunUnary(env_, context, "DatasetService/FindMissingFiles",
                  [=, this] { return FindMissing(*catalogue_, *request, response); });
}

grpc::ServerReadReactor<v1::UploadDatasetRequest>* DatasetServiceImpl::UploadDataset(
    grpc::CallbackServerContext* context, v1::Dataset* response) {
  return UploadDatasetReactor::Start(bulk_env_, catalogue_, context, response);
}

grpc::ServerUnaryReactor* DatasetServiceImpl::GetDataset(grpc::CallbackServerContext* context,
                                                     const v1::GetDatasetRequest* request,
                                                     v1::Dataset* response) {
  return RunUnary(env_, context, "DatasetService/GetDataset", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request->name()));
    return MoveTo(catalogue_->Get(id), response);
  });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::ListDatasets(grpc::CallbackServerContext* context,
                                                       const v1::ListDatasetsRequest* request,
                                                       v1::ListDatasetsResponse* response) {
  return RunUnary(env_, context, "DatasetService/ListDatasets",
                  [=, this] { return List(*request, response); });
}

grpc::ServerUnaryReactor* DatasetServiceImpl::DeleteDataset(grpc::CallbackServerContext* context,
                                                        const v1::DeleteDatasetRequest* request,
                                                        google::protobuf::Empty*) {
  return RunUnary(bulk_env_, context, "DatasetService/DeleteDataset",
                  [=, this] { return Delete(*request); });
}

absl::Status DatasetServiceImpl::List(const v1::ListDatasetsRequest& request,
                                  v1::ListDatasetsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const std::string after, ParsePageToken(request.page_token()));
  // One more than asked for says whether there is a next page.
  std::vector<v1::Dataset> page = catalogue_->List(after, size + 1);
  if (static_cast<int>(page.size()) > size) {
    page.pop_back();
    FOVEA_ASSIGN_OR_RETURN(const std::string last,
                           ParseName("name", "datasets", page.back().name()));
    response->set_next_page_token(MakePageToken(last));
  }
  for (v1::Dataset& dataset : page) *response->add_datasets() = std::move(dataset);
  return absl::OkStatus();
}

absl::Status DatasetServiceImpl::Delete(const v1::DeleteDatasetRequest& request) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request.name()));
  return catalogue_->Delete(id, [&] { return in_use_ && in_use_(request.name()); });
}

}  // namespace fovea
