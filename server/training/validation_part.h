// The patients of the train part that are kept from training. No Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/dataset/index.h"

namespace fovea {

// For each item whether it belongs to the validation part: patients of the train part, whole, drawn
// as SplitByPatient draws a test part, by a stream of their own of the job's seed. Depends on items,
// share and seed alone. All false for a share of 0, and where no grade has two patients to divide.
// `share` is from 0 to below 1.
std::vector<bool> DrawValidationPart(double share, uint64_t seed,
                                     const std::vector<DatasetItem>& items);

}  // namespace fovea
