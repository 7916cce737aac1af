// ClassificationService: converts, hands to the engine, converts back.
#pragma once

#include <atomic>
#include <string>

#include "fovea/v1/classification_service.grpc.pb.h"
#include "server/answers/answer_recorder.h"
#include "server/rpc/classify_stream.h"
#include "server/rpc/unary.h"
#include "server/serving/engine.h"

namespace fovea {

// Thread-safe. Classification blocks nowhere: the engine's threads do the work and finish the
// calls. Feedback waits for the disk, on the executor.
class ClassificationServiceImpl final : public v1::ClassificationService::CallbackService {
 public:
  // All pointers outlive it.
  ClassificationServiceImpl(const RpcEnv& env, Engine* engine, AnswerRecorder* answers,
                            StreamRegistry* streams, const ClassifyStreamLimits& limits);

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context,
                                     const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override;
  grpc::ServerBidiReactor<v1::ClassifyRequest, v1::ClassifyStreamResponse>* ClassifyStream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ClassifyPatient(grpc::CallbackServerContext* context,
                                            const v1::ClassifyPatientRequest* request,
                                            v1::ClassifyPatientResponse* response) override;
  grpc::ServerUnaryReactor* SubmitFeedback(grpc::CallbackServerContext* context,
                                           const v1::SubmitFeedbackRequest* request,
                                           v1::SubmitFeedbackResponse* response) override;

 private:
  const RpcEnv env_;
  Engine* const engine_;
  AnswerRecorder* const answers_;
  StreamRegistry* const streams_;
  const ClassifyStreamLimits limits_;
  std::atomic<int> open_streams_{0};
};

// OK, or why a request cannot be taken, before any work: its id and its image.
absl::Status CheckClassifyRequest(const v1::ClassifyRequest& request);

// The id of the request, or a new one where it has none.
std::string RequestIdOf(const v1::ClassifyRequest& request);

void ToProto(const Classification& classification, const std::string& request_id,
             v1::ClassifyResponse* response);

// What is kept of an answer that ToProto made; it is recorded before it is sent.
Answer AnswerOf(const Classification& classification, const v1::ClassifyResponse& response);

}  // namespace fovea
