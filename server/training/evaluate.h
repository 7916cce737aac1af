// Grades a part. Includes Torch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation/confusion_matrix.h"
#include "common/evaluation/decision.h"
#include "common/torch/torch.h"
#include "server/model/plan/resnet_plan.h"
#include "server/training/options.h"
#include "server/training/photographs.h"
#include "server/training/stop_signal.h"

namespace fovea {

struct Evaluation {
  // Over the whole part: sum of w_y * cross entropy, divided by the sum of w_y, in nats; the weights
  // are those of training. Does not depend on the batch size.
  double loss = 0;
  ConfusionMatrix confusion{0};
  std::vector<float> logits;  // Of the samples in order, row-major.
  // Of the samples in order: the time of the network for its batch and all views, divided by the
  // photographs of the batch.
  std::vector<double> inference_ms;
};

// With the centre crop, in the recipe's test-time views, in batches of kTestBatch, through the plan
// that serves. `progress(done)` follows each batch. CANCELLED when `stop` says so,
// FAILED_PRECONDITION when an output is not finite. Throws Torch's exceptions.
inline constexpr int kTestBatch = 32;
absl::StatusOr<Evaluation> Evaluate(const ResNetPlan& plan, const Photographs& photographs,
                                    const std::vector<Sample>& samples,
                                    const TrainingOptions& options,
                                    const std::vector<double>& class_weights, torch::Device device,
                                    const StopSignal& stop,
                                    const std::function<void(int64_t)>& progress);

// Counts the answers by a rule with cut points instead of the most probable classes.
void AnswerBy(const DecisionRule& rule, const std::vector<Sample>& samples, Evaluation* evaluation);

// "path,label,predicted,logit_0,..." and a line a photograph; floats in a form that reads back the
// same; paths quoted as RFC 4180 says. Of the test part, with the answers of the rule.
std::string EvaluationCsv(const Photographs& photographs, const DecisionRule& rule,
                          const Evaluation& evaluation);

}  // namespace fovea
