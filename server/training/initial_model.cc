#include "server/training/initial_model.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/model/state_dict.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

absl::Status LoadInit(const Attempt& attempt, ResNet& model) {
  const std::string& dir = attempt.init_version_dir;
  FOVEA_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(dir));
  if (manifest.architecture != attempt.options.architecture) {
    return FieldError("init", absl::StrCat("is a ", ArchitectureName(manifest.architecture),
                                           ", the job trains a ",
                                           ArchitectureName(attempt.options.architecture)));
  }
  ResNet init(manifest.architecture, manifest.num_classes);
  FOVEA_RETURN_IF_ERROR(LoadVersionWeights(*init, manifest, dir));
  NamedTensors weights = StateDict(*init);
  if (manifest.num_classes != model->num_classes()) {
    const NamedTensors drawn = StateDict(*model);
    for (const char* name : {"fc.weight", "fc.bias"}) weights[name] = drawn.at(name).clone();
  }
  return LoadStateDict(*model, weights);
}

}  // namespace

absl::StatusOr<ResNet> MakeInitialModel(const Attempt& attempt) {
  ResNet model(attempt.options.architecture, static_cast<int64_t>(attempt.class_names.size()));
  InitWeights(model, attempt.options.seed);
  if (attempt.init_version_dir.empty()) return model;
  FOVEA_RETURN_IF_ERROR(LoadInit(attempt, model));
  return model;
}

absl::StatusOr<torch::Device> ResolveDevice(const std::string& name) {
  const int count = static_cast<int>(torch::cuda::device_count());
  if (name == "auto") return torch::Device(count > 0 ? "cuda:0" : "cpu");
  try {
    const torch::Device device(name);
    if (device.is_cpu() || (device.is_cuda() && device.index() < count)) return device;
  } catch (const std::exception&) {
  }
  return FieldError("device", absl::StrCat("\"", name, "\" is not there, allowed are auto, cpu and ",
                                           "cuda:N with N below ", count));
}

}  // namespace fovea
