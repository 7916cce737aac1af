// Whether a picture is a fundus photograph: a learned rule on its features.
#pragma once

#include "common/quality/fundus_features.h"

namespace fovea {

// How much speaks for a fundus photograph: below 0 the picture is not taken for one. Log-odds of a
// logistic regression on the standardised features and all their products, moved so that about 1 %
// of real photographs lie below 0. scripts/fit_fundus_rule.py derives the weights, in
// fundus_rule_weights.h, from features that quality_bench measures.
double FundusScore(const FundusFeatures& features);

// The score where no field was found.
inline constexpr double kNoFieldScore = -100;

}  // namespace fovea
