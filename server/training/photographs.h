// The photographs that an attempt trains and tests with: those of the data set that are not bad.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/training/attempt.h"
#include "server/training/cache.h"
#include "server/training/loader.h"

namespace fovea {

struct Photographs {
  std::vector<DatasetItem> items;
  std::unique_ptr<ImageCache> cache;
  // Without bad ones, in the order of the items; train without those of the validation part.
  std::vector<Sample> train, validation, test;
  std::vector<int64_t> train_class_counts, validation_class_counts, test_class_counts;  // Of those.
  bool parts_share_patients = false;
  // SHA-256 over the samples in use; another one means that a checkpoint's position is void.
  std::string digest;
};

// Reads the list, fills the cache, draws the validation part, and reports bad photographs and a
// validation part that was asked for but is empty as warnings. FAILED_PRECONDITION when more than
// options.max_bad_image_share of the photographs are bad, when train or test part has no good one, and
// when the recipe needs a validation part and it has not two classes.
absl::StatusOr<Photographs> OpenPhotographs(const Attempt& attempt, const StopSignal& stop,
                                            EventSink* sink);

}  // namespace fovea
