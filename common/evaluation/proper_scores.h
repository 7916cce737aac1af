// Losses of probabilities that only the true probabilities make least (Gneiting and Raftery, JASA
// 102, 2007).
#pragma once

#include <span>

namespace fovea {

// The metrics of a data set are the means over its images. Thread-safe.

// -ln p_label, in nats: sklearn.metrics.log_loss. A probability below the precision of double
// (2.2e-16) is taken as that, as there, so the range is 0..36.05.
double LogLoss(std::span<const double> probabilities, int label);

// sum_c (p_c - [c = label])^2 over all classes, 0..2 (G. W. Brier, Monthly Weather Review 78,
// 1950): sklearn.metrics.brier_score_loss(scale_by_half=False). With two classes it is twice the
// Brier score of the positive class alone.
double BrierScore(std::span<const double> probabilities, int label);

}  // namespace fovea
