// One ModelInfer call: its inputs through the engine at the same time.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "inference/grpc_service.grpc.pb.h"
#include "server/answers/answer_recorder.h"
#include "server/oip/infer_request.h"
#include "server/oip/model_names.h"
#include "server/rpc/unary.h"
#include "server/serving/engine.h"
#include "server/serving/served_models.h"
#include "server/serving/statistics.h"

namespace fovea {

// What calls share. All pointers outlive the gRPC server.
struct InferParts {
  RpcEnv env;
  Executor* loads;  // Where calls wait for their model to be loaded.
  ServedModels* models;
  Engine* engine;
  AnswerRecorder* answers;
  ServingStatistics* statistics;
  OipLimits limits;
  std::atomic<int>* loading;  // Calls that wait for their model to be loaded.
};

// A model in memory is found, the request checked and its inputs handed to the engine in the
// reaction; one that is not is loaded on an executor. All inputs are answered by the version that
// was found, and take one place in the queue; the first error is the call's, and what still waits
// is not run. Answers to photographs are recorded as ClassificationService's are. Answers to tensors
// are not: nothing says that they were made from photographs. Thread-safe; kept alive by the
// engine's tasks.
class InferCall : public std::enable_shared_from_this<InferCall> {
 public:
  // Begins the call. `request` and `response` live until the reactor has finished.
  static grpc::ServerUnaryReactor* Start(const InferParts& parts,
                                         grpc::CallbackServerContext* context,
                                         const inference::ModelInferRequest* request,
                                         inference::ModelInferResponse* response);

 private:
  InferCall(const InferParts& parts, grpc::CallbackServerContext* context,
            const inference::ModelInferRequest* request, inference::ModelInferResponse* response);

  void FindModel();
  void Load(const std::string& reference);
  // With the version that is to answer.
  void Run(ServedModelHandle served);
  void Submit(size_t index);
  void Answered(size_t index, absl::StatusOr<Classification> result);
  // One of what the call waits for is done; after the last, the call is finished.
  void Done();
  void Succeed(const std::vector<Classification>& answers);
  void Record(const std::vector<Classification>& answers);
  void Finish(const absl::Status& status);

  const InferParts parts_;
  const RpcTimer timer_;
  const absl::Duration arrived_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  const inference::ModelInferRequest* const request_;
  inference::ModelInferResponse* const response_;
  // The call has failed: what still waits in the engine is not run.
  std::atomic<bool> failed_{false};

  // Set before the first task is submitted, and not changed after.
  OipModel model_;
  ServedModelHandle served_;
  std::shared_ptr<ModelPin> pin_;
  InferPlan plan_;

  absl::Mutex mutex_;
  size_t waiting_for_ ABSL_GUARDED_BY(mutex_) = 1;  // Inputs in the engine, and Run itself.
  std::vector<Classification> answers_ ABSL_GUARDED_BY(mutex_);  // One an input.
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // The first error.
};

}  // namespace fovea
