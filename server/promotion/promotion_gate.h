// Whether evaluations allow an alias to be pointed at a version.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/v1/model_service.pb.h"
#include "server/evaluations/evaluation_store.h"
#include "server/model/registry.h"

namespace fovea {

// What was found.
struct PromotionChecks {
  bool met = true;                  // All conditions are.
  std::vector<std::string> checks;  // A line each, with its figures and whether it is met.
  int32_t current_version = 0;      // What the alias pointed at; 0: there was none.
};

// INVALID_ARGUMENT for figures out of range.
absl::Status ValidateConditions(const v1::PromotionConditions& conditions);

// Reads stored evaluations; with kappa_not_worse it also takes the bootstrap's time (2,000
// resamples, all cores), so call it where that may be. What is missing makes a condition unmet and
// its line says what to run. NOT_FOUND and INVALID_ARGUMENT for a request that cannot be checked at
// all: a version or evaluation that is not there, an evaluation of another version. Evaluations on
// the photographs that the version was trained with count for nothing. Thread-safe.
absl::StatusOr<PromotionChecks> CheckPromotion(const Registry& registry,
                                               const EvaluationStore& evaluations,
                                               const std::string& model_id,
                                               const v1::SetAliasRequest& request);

// FAILED_PRECONDITION with every line, for checks that are not met.
absl::Status Refusal(const std::string& model_id, const v1::SetAliasRequest& request,
                     const PromotionChecks& checks);

}  // namespace fovea
