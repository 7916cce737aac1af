// The channel to the server, its stubs, and how long calls may take.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/session.h"
#include "common/base/grpc_status.h"
#include "fovea/v1/classification_service.grpc.pb.h"
#include "fovea/v1/dataset_service.grpc.pb.h"
#include "fovea/v1/evaluation_service.grpc.pb.h"
#include "fovea/v1/model_service.grpc.pb.h"
#include "fovea/v1/server_service.grpc.pb.h"
#include "fovea/v1/training_service.grpc.pb.h"

namespace fovea::client {

// Dials at the first call. Thread-safe. Outlives every call that it made.
class Connection {
 public:
  explicit Connection(const GlobalOptions& options);

  v1::DatasetService::StubInterface* datasets() { return datasets_.get(); }
  v1::EvaluationService::StubInterface* evaluations() { return evaluations_.get(); }
  v1::TrainingService::StubInterface* training() { return training_.get(); }
  v1::ModelService::StubInterface* models() { return models_.get(); }
  v1::ClassificationService::StubInterface* classification() { return classification_.get(); }
  v1::ServerService::StubInterface* server() { return server_.get(); }

  // For a call that answers once: ends after --timeout, or 30 seconds.
  void PrepareCall(grpc::ClientContext* context) const;
  // For a call that moves much or takes long: ends after --timeout, or never.
  void PrepareTransfer(grpc::ClientContext* context) const;

 private:
  const GlobalOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DatasetService::StubInterface> datasets_;
  const std::unique_ptr<v1::EvaluationService::StubInterface> evaluations_;
  const std::unique_ptr<v1::TrainingService::StubInterface> training_;
  const std::unique_ptr<v1::ModelService::StubInterface> models_;
  const std::unique_ptr<v1::ClassificationService::StubInterface> classification_;
  const std::unique_ptr<v1::ServerService::StubInterface> server_;
};

// One call that answers once.
//   Call(connection, connection.training(), &v1::TrainingService::StubInterface::GetJob, request)
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(const Connection& connection, Stub* stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  connection.PrepareCall(&context);
  Response response;
  const grpc::Status status = (stub->*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

// All pages of a List call in one response. `items` gives the repeated field of a response.
template <typename Stub, typename Request, typename Response, typename Items>
absl::StatusOr<Response> CallPages(const Connection& connection, Stub* stub,
                                   grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                                   Request request, Items items) {
  constexpr int kPageSize = 1000;
  Response all;
  request.set_page_size(kPageSize);
  do {
    absl::StatusOr<Response> page = Call(connection, stub, method, request);
    if (!page.ok()) return page.status();
    items(&all)->MergeFrom(*items(&*page));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

}  // namespace fovea::client
