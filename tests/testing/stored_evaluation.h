// Evaluations with made-up predictions, for tests of what reads them.
#pragma once

#include <string>

#include "fovea/v1/evaluation.pb.h"
#include "server/evaluations/evaluation_store.h"

namespace fovea {

struct TestEvaluation {
  std::string id;
  std::string model;             // `models/{model}/versions/{version}`.
  double right = 0.7;            // Share of photographs that are graded right; others are random.
  int photographs = 300;         // Two of each patient.
  int classes = 5;
  std::string dataset = "eyes";  // Equal names: equal photographs.
  v1::Part part = v1::PART_TEST;
  int64_t create_seconds = 1;
};

// Publishes it with the report of its predictions.
void PublishTestEvaluation(const TestEvaluation& evaluation, EvaluationStore* store);

}  // namespace fovea
