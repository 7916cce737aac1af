// Takes a test part out of a data set that has none.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/dataset/index.h"

namespace fovea {

// Sets `part` of every item. Patients go to one side whole; an item without patient is one of its
// own. Patients are grouped by their highest label, and of each group the nearest whole number to
// `test_share` is drawn for the test part, at least one and at most all but one; a group of one
// patient stays in the train part. The draw depends on seed, patients and labels alone, not on the
// order of items or the machine. INVALID_ARGUMENT unless 0 < test_share < 1, and when no group has
// two patients.
absl::Status SplitByPatient(double test_share, uint64_t seed, std::vector<DatasetItem>* items);

}  // namespace fovea
