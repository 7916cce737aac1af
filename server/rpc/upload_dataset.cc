#include "server/rpc/upload_dataset.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/convert/dataset.h"

namespace fovea {
namespace {

// `first` is the number of the first of these items in the data set.
absl::StatusOr<std::vector<DatasetItem>> ToItems(int64_t first, const v1::DatasetItems& message) {
  std::vector<DatasetItem> items;
  items.reserve(message.items_size());
  for (const v1::DatasetItem& from : message.items()) {
    absl::StatusOr<DatasetItem> item = DatasetItemFromProto(from);
    if (!item.ok()) {
      return Annotate(item.status(), absl::StrCat("items[", first + items.size(), "]"));
    }
    items.push_back(*std::move(item));
  }
  return items;
}

}  // namespace

UploadDatasetReactor* UploadDatasetReactor::Start(const RpcEnv& env, DatasetCatalogue* catalogue,
                                                  grpc::CallbackServerContext* context,
                                                  v1::Dataset* response) {
  auto* const reactor = new UploadDatasetReactor(env, catalogue, context, response);
  reactor->StartRead(&reactor->request_);
  return reactor;
}

UploadDatasetReactor::UploadDatasetReactor(const RpcEnv& env, DatasetCatalogue* catalogue,
                                           grpc::CallbackServerContext* context,
                                           v1::Dataset* response)
    : env_(env),
      catalogue_(catalogue),
      context_(context),
      response_(response),
      timer_(env.metrics, "DatasetService/UploadDataset") {}

void UploadDatasetReactor::OnReadDone(bool ok) {
  env_.executor->Post([this, ok] { ok ? HandleMessage() : HandleEnd(); });
}

void UploadDatasetReactor::HandleMessage() {
  const absl::Status status = Apply(request_);
  if (!status.ok()) return End(status);
  StartRead(&request_);
}

void UploadDatasetReactor::HandleEnd() {
  if (context_->IsCancelled()) return End(absl::CancelledError("the upload was broken off"));
  End(Commit());
}

absl::Status UploadDatasetReactor::Apply(const v1::UploadDatasetRequest& request) {
  if (request.has_header()) return Begin(request.header());
  if (session_ == nullptr) return FieldError("header", "must be the first message");
  if (request.has_items()) {
    FOVEA_ASSIGN_OR_RETURN(std::vector<DatasetItem> items,
                           ToItems(items_, request.items()));
    items_ += static_cast<int64_t>(items.size());
    return session_->AddItems(std::move(items));
  }
  if (!request.has_chunk()) return FieldError("message", "must be header, items or chunk");
  return session_->AddChunk(request.chunk().sha256(), request.chunk().data());
}

absl::Status UploadDatasetReactor::Begin(const v1::UploadDatasetHeader& header) {
  if (session_ != nullptr) return FieldError("header", "must be the first message only");
  promised_items_ = header.item_count();
  if (promised_items_ < 0) return FieldError("header.item_count", "must not be negative");
  FOVEA_ASSIGN_OR_RETURN(session_, catalogue_->BeginUpload(
                                       {.id = header.dataset_id(),
                                        .class_names = {header.class_names().begin(),
                                                        header.class_names().end()},
                                        .split = header.split()}));
  return absl::OkStatus();
}

absl::Status UploadDatasetReactor::Commit() {
  if (session_ == nullptr) return FieldError("header", "must be the first message");
  if (promised_items_ > 0 && items_ != promised_items_) {
    return FieldError("header.item_count",
                      absl::StrCat("is ", promised_items_, ", but ", items_, " items came"));
  }
  FOVEA_ASSIGN_OR_RETURN(*response_, session_->Finish());
  return absl::OkStatus();
}

void UploadDatasetReactor::End(const absl::Status& status) {
  // Here, not in OnDone: it removes a half-written file.
  session_ = nullptr;
  timer_.Done(status);
  Finish(ToGrpcStatus(status));
}

}  // namespace fovea
