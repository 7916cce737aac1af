// Resampling of patients, to say how sure a metric is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

namespace fovea {

struct BootstrapOptions {
  int resamples = 2000;  // At least 1.
  uint64_t seed = 0;
  int threads = 0;  // 0: one for each core. Changes nothing but the time.
};

// Metrics of a resample, always the same ones: `images` names an image as often as it is drawn.
// Called from several threads at once, so it must be thread-safe.
using Statistics = std::function<std::vector<double>(const std::vector<size_t>& images)>;

// The bootstrap of B. Efron (Annals of Statistics 7, 1979) over whole groups: each resample draws
// as many groups as there are, with replacement, and has all images of each draw. Images of one
// patient are alike; drawing them one by one would make intervals too narrow. `groups` are of
// ImagesByPatient.
//
// Returns the values of each metric in all resamples, [metric][resample]. Resample i draws from the
// stream {seed, i}, so that the result depends on groups and seed alone. INVALID_ARGUMENT for no
// groups or options out of range.
absl::StatusOr<std::vector<std::vector<double>>> Bootstrap(
    const std::vector<std::vector<size_t>>& groups, const Statistics& statistics,
    const BootstrapOptions& options);

}  // namespace fovea
