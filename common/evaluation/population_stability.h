// How far a distribution of counts has moved from another one.
#pragma once

#include <cstdint>
#include <span>

namespace fovea {

// The population stability index of `actual` counts against `expected` ones (N. Siddiqi, Credit Risk
// Scorecards, 2006; the divergence J of S. Kullback and R. A. Leibler, Annals of Mathematical
// Statistics 22, 1951):
//
//   sum_i (a_i - e_i) ln(a_i / e_i),
//
// a and e the shares of each class; 0 or more, 0 only for equal shares. By custom below 0.1 is little
// and above 0.25 much change. An empty class would make it infinite, so half a count is added to
// every class on both sides (the prior of H. Jeffreys, as in R. E. Krichevsky and V. K. Trofimov,
// IEEE Transactions on Information Theory 27, 1981):
//
//   a_i = (actual_i + 1/2) / (sum_j actual_j + classes / 2), e_i likewise.
//
// Without any change it is still about (classes - 1) (1 / sum actual + 1 / sum expected) on average
// (B. Yurdakul and J. Naranjo, Journal of Risk Model Validation 14, 2020), so it takes some dozens of
// answers to say something. NaN where either side has no counts at all, or the numbers of classes
// differ. Thread-safe.
double PopulationStabilityIndex(std::span<const int64_t> actual, std::span<const int64_t> expected);

}  // namespace fovea
