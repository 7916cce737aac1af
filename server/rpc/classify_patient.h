// One ClassifyPatient call: the photographs of both eyes through the engine at the same time.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fovea/v1/classification_service.grpc.pb.h"
#include "server/answers/answer_recorder.h"
#include "server/rpc/unary.h"
#include "server/serving/engine.h"

namespace fovea {

// Both eyes are answered by the same model version. A photograph that cannot be read is that eye's
// error; anything else that goes wrong (no such model, a full queue, a deadline) ends the call, and
// the other eye is not run. Both eyes take one place in the queue, so that a patient is taken as a
// whole or not at all. Thread-safe; kept alive by the engine's tasks.
class PatientCall : public std::enable_shared_from_this<PatientCall> {
 public:
  // Begins the call. `env`'s parts, `engine` and `answers` outlive the gRPC server; `request` and `response`
  // live until the reactor has finished.
  static grpc::ServerUnaryReactor* Start(const RpcEnv& env, Engine* engine, AnswerRecorder* answers,
                                         grpc::CallbackServerContext* context,
                                         const v1::ClassifyPatientRequest* request,
                                         v1::ClassifyPatientResponse* response);

 private:
  // One eye: where its photograph comes from and where its answer goes.
  struct Eye {
    const char* name;
    const std::string& (v1::ClassifyPatientRequest::*image)() const;
    v1::ClassifyResponse* (v1::ClassifyPatientResponse::*answer)();
    v1::ClassifyError* (v1::ClassifyPatientResponse::*error)();
  };
  static const Eye kLeft, kRight;

  PatientCall(const RpcEnv& env, AnswerRecorder* answers, grpc::CallbackServerContext* context,
              const v1::ClassifyPatientRequest* request, v1::ClassifyPatientResponse* response);

  void Run(Engine* engine);
  void Submit(Engine* engine, const Eye& eye, Admission admission);
  void Answered(const Eye& eye, const absl::StatusOr<Classification>& result);
  // One of what the call waits for is done; finishes it after the last.
  void Done();

  const RpcTimer timer_;
  AnswerRecorder* const recorder_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  const v1::ClassifyPatientRequest* const request_;
  const std::string request_id_;
  const std::shared_ptr<ModelPin> pin_ = std::make_shared<ModelPin>();
  // The call has failed as a whole: what still waits in the engine is not run.
  std::atomic<bool> failed_{false};

  absl::Mutex mutex_;
  int waiting_for_ ABSL_GUARDED_BY(mutex_) = 1;  // Photographs in the engine, and Run itself.
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);  // Of the eyes.
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // The first error of the call as a whole.
  v1::ClassifyPatientResponse* const response_ ABSL_PT_GUARDED_BY(mutex_);
};

// OK, or why a request cannot be taken, before any work: its id and its photographs.
absl::Status CheckClassifyPatientRequest(const v1::ClassifyPatientRequest& request);

// Fills in what is said of the patient from the answers of the eyes.
void SummarisePatient(v1::ClassifyPatientResponse* response);

}  // namespace fovea
