#include "server/serving/classification.h"

namespace fovea {

void GradeLogits(const DecisionRule& rule, Classification* classification) {
  const std::vector<double> logits(classification->logits.begin(), classification->logits.end());
  const Decision decision = Decide(rule, logits);
  classification->probabilities.assign(decision.probabilities.begin(),
                                       decision.probabilities.end());
  classification->grade = decision.predicted;
  classification->expected_grade = decision.expected_class;
  classification->referable = decision.referable;
  classification->referable_score = decision.referable_score;
  classification->vision_threatening = decision.vision_threatening;
  classification->vision_threatening_score = decision.vision_threatening_score;
}

}  // namespace fovea
