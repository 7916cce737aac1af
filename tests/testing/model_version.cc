#include "tests/testing/model_version.h"

#include "common/base/file.h"
#include "common/base/status.h"
#include "common/torch/torch.h"
#include "server/model/resnet.h"
#include "server/model/version_files.h"

namespace fovea {

absl::StatusOr<VersionInfo> PublishTestVersion(Registry& registry, const TestVersion& version) {
  // At least two outputs, whether or not they have names.
  const int64_t classes = version.class_names.empty() ? 5 : version.class_names.size();
  ResNet model(Architecture::kResNet18, classes);
  InitWeights(model, version.seed);
  Manifest manifest;
  manifest.class_names = version.class_names;
  manifest.preprocess = version.preprocess;
  manifest.calibration = version.calibration;
  manifest.test_time_views = version.test_time_views;
  manifest.provenance.kind = "trained";
  manifest.provenance.job = "";
  ModelMetrics metrics;
  metrics.epoch = 1;
  metrics.test_accuracy = version.test_accuracy;
  metrics.test_confusion.assign(classes * classes, 0);
  manifest.metrics = metrics;
  const std::string staged = JoinPath(registry.root(), ".staged-for-test");
  FOVEA_RETURN_IF_ERROR(MakeDirs(staged));
  FOVEA_RETURN_IF_ERROR(WriteVersion(model, manifest, staged).status());
  return registry.Publish(version.model_id, staged, "");
}

}  // namespace fovea
