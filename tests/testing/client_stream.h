// A call of a test that sends many messages and gets one back.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

namespace fovea {

// The call begins with the construction. Not thread-safe.
template <typename Request, typename Response>
class ClientStream {
 public:
  // `open(context, response)` begins it on a stub.
  template <typename Open>
  explicit ClientStream(const Open& open) : writer_(open(&context_, &response_)) {}

  bool Write(const Request& request) { return writer_->Write(request); }
  // Sends no more and waits for the answer.
  grpc::Status End() {
    writer_->WritesDone();
    return writer_->Finish();
  }
  // As a caller that is killed.
  grpc::Status Break() {
    context_.TryCancel();
    return writer_->Finish();
  }
  // Once End returned OK.
  const Response& response() const { return response_; }

 private:
  grpc::ClientContext context_;
  Response response_;
  std::unique_ptr<grpc::ClientWriter<Request>> writer_;
};

}  // namespace fovea
