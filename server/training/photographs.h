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
  std::vector<Sample> train, test;  // Without bad ones, in the order of the items.
  std::vector<int64_t> train_class_counts, test_class_counts;  // Of those.
  bool parts_share_patients = false;
  // SHA-256 over the samples in use; another one means that a checkpoint's position is void.
  std::string digest;
};

// Reads the list, fills the cache, and reports bad photographs as warnings. FAILED_PRECONDITION when
// more than options.max_bad_image_share of the photographs are bad, or a part has no good one.
absl::StatusOr<Photographs> OpenPhotographs(const Attempt& attempt, const StopSignal& stop,
                                            EventSink* sink);

}  // namespace fovea
