// Model versions with random weights, for tests of what serves them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/model/registry.h"

namespace fovea {

struct TestVersion {
  std::string model_id = "dr";
  uint64_t seed = 0;
  std::vector<std::string> class_names = {"0", "1", "2", "3", "4"};
  PreprocessSpec preprocess = {.resize_short_side = 40, .crop_size = 32};
  double test_accuracy = 0.5;
  std::optional<Calibration> calibration = std::nullopt;
  int32_t test_time_views = 1;
};

// Publishes a ResNet18 whose weights are drawn from the seed.
absl::StatusOr<VersionInfo> PublishTestVersion(Registry& registry, const TestVersion& version);

}  // namespace fovea
