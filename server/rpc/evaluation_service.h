// fovea.v1.EvaluationService.
#pragma once

#include <functional>

#include "fovea/v1/evaluation_service.grpc.pb.h"
#include "server/evaluations/evaluation_store.h"
#include "server/jobs/manager.h"
#include "server/rpc/unary.h"

namespace fovea {

// Makes of a resolved EvaluationSpec the job to run: pins the version, and finds out how it wants
// its photographs. NOT_FOUND or INVALID_ARGUMENT that names the field.
using PlanEvaluation = std::function<absl::StatusOr<v1::Job>(const v1::EvaluationSpec&)>;

// Thread-safe. What it is given outlives the gRPC server.
class EvaluationServiceImpl final : public v1::EvaluationService::CallbackService {
 public:
  // Comparisons, which compute for seconds, and pages of predictions run on `bulk`, all others on
  // `env.executor`.
  EvaluationServiceImpl(const RpcEnv& env, Executor* bulk, PlanEvaluation plan, JobManager* jobs,
                        EvaluationStore* evaluations)
      : env_(env),
        bulk_env_{bulk, env.metrics},
        plan_(std::move(plan)),
        jobs_(jobs),
        evaluations_(evaluations) {}

  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* context,
                                     const v1::EvaluateRequest* request,
                                     v1::Job* response) override;
  grpc::ServerUnaryReactor* GetEvaluation(grpc::CallbackServerContext* context,
                                          const v1::GetEvaluationRequest* request,
                                          v1::Evaluation* response) override;
  grpc::ServerUnaryReactor* ListEvaluations(grpc::CallbackServerContext* context,
                                            const v1::ListEvaluationsRequest* request,
                                            v1::ListEvaluationsResponse* response) override;
  grpc::ServerUnaryReactor* CompareEvaluations(grpc::CallbackServerContext* context,
                                               const v1::CompareEvaluationsRequest* request,
                                               v1::EvaluationComparison* response) override;
  grpc::ServerUnaryReactor* ListPredictions(grpc::CallbackServerContext* context,
                                            const v1::ListPredictionsRequest* request,
                                            v1::ListPredictionsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteEvaluation(grpc::CallbackServerContext* context,
                                             const v1::DeleteEvaluationRequest* request,
                                             google::protobuf::Empty* response) override;

 private:
  const RpcEnv env_;
  const RpcEnv bulk_env_;
  const PlanEvaluation plan_;
  JobManager* const jobs_;
  EvaluationStore* const evaluations_;
};

}  // namespace fovea
