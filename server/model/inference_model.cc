#include "server/model/inference_model.h"

#include <utility>

#include "absl/strings/match.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/torch/torch.h"
#include "server/model/plan/compile.h"
#include "server/model/resnet.h"
#include "server/model/test_time_views.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

absl::StatusOr<torch::Device> ParseDevice(const std::string& name) try {
  const torch::Device device(name);
  if (device.is_cpu()) return device;
  if (device.is_cuda() && device.index() < static_cast<int>(torch::cuda::device_count())) {
    return device;
  }
  return FieldError("device",
                    absl::StrCat("\"", name, "\" is not there; see `fovea server status`"));
} catch (const std::exception&) {
  return FieldError("device",
                    absl::StrCat("\"", name, "\" is unknown, allowed are cpu and cuda:N"));
}

// The class maps of one input, from its layer4 activations [features, h, w] and the weights of the
// last layer [classes, features].
void FillClassMaps(const torch::Tensor& activations, const torch::Tensor& weight, ClassMaps* maps) {
  maps->classes = static_cast<int>(weight.size(0));
  maps->height = static_cast<int>(activations.size(1));
  maps->width = static_cast<int>(activations.size(2));
  const torch::Tensor evidence =
      torch::matmul(weight, activations.flatten(1)).to(torch::kCPU).contiguous();
  const float* values = evidence.const_data_ptr<float>();
  maps->values.assign(values, values + evidence.numel());
}

}  // namespace

struct InferenceModel::Impl {
  Manifest manifest;
  torch::Device device;
  Precision precision;
  std::unique_ptr<const ResNetPlan> plan;
};

InferenceModel::InferenceModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InferenceModel::~InferenceModel() = default;

const Manifest& InferenceModel::manifest() const { return impl_->manifest; }
Precision InferenceModel::precision() const { return impl_->precision; }

absl::StatusOr<std::shared_ptr<const InferenceModel>> InferenceModel::Load(
    const std::string& version_dir, const std::string& device, PrecisionChoice precision) try {
  FOVEA_ASSIGN_OR_RETURN(const torch::Device target, ParseDevice(device));
  FOVEA_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(version_dir));
  ResNet network(manifest.architecture, manifest.num_classes);
  FOVEA_RETURN_IF_ERROR(LoadVersionWeights(*network, manifest, version_dir));
  const InferenceInfo& info = manifest.inference;
  PlanOptions options = {.crop_size = manifest.preprocess.crop_size};
  options.precision = ServedPrecision(info, precision, device);
  options.quantisers = info.quantisers;
  std::unique_ptr<const ResNetPlan> plan = Compile(network, target, options);
  auto impl =
      std::make_unique<Impl>(Impl{std::move(manifest), target, options.precision, std::move(plan)});
  return std::shared_ptr<const InferenceModel>(new InferenceModel(std::move(impl)));
} catch (const std::exception& error) {
  return TorchErrorStatus("loading the model", error);
}

absl::StatusOr<std::vector<float>> InferenceModel::Logits(const float* nhwc, int batch,
                                                          absl::Span<ClassMaps> maps) const try {
  if (batch < 1) return FieldError("batch", "must be at least 1");
  for (const ClassMaps& wanted : maps) {
    if (wanted.input < 0 || wanted.input >= batch) {
      return FieldError("maps", absl::StrCat("of input ", wanted.input, ", allowed are 0 to ",
                                             batch - 1));
    }
  }
  const torch::InferenceMode inference_mode;
  const int64_t side = impl_->manifest.preprocess.crop_size;
  // NHWC memory seen as NCHW is exactly a channels_last tensor. The network only reads it.
  torch::Tensor x =
      torch::from_blob(const_cast<float*>(nhwc), {batch, side, side, 3}, torch::kFloat)
          .permute({0, 3, 1, 2});
  const ResNetPlan& plan = *impl_->plan;
  torch::Tensor activations;  // Of the inputs as they are, the first view.
  const LogitsFunction forward = [&](const torch::Tensor& view) {
    const torch::Tensor seen = plan.Activations(view);
    if (!activations.defined()) activations = seen;
    return plan.Logits(seen);
  };
  const torch::Tensor logits =
      MeanLogits(x.to(impl_->device), impl_->manifest.test_time_views, forward).cpu().contiguous();
  for (ClassMaps& wanted : maps) {
    FillClassMaps(activations[wanted.input], plan.fc_weight(), &wanted);
  }
  const float* values = logits.const_data_ptr<float>();
  return std::vector<float>(values, values + logits.numel());
} catch (const std::exception& error) {
  return TorchErrorStatus("inference", error);
}

Precision ServedPrecision(const InferenceInfo& info, PrecisionChoice asked,
                          const std::string& device) {
  const PrecisionChoice choice = asked == PrecisionChoice::kAuto ? info.choice : asked;
  const bool cuda = absl::StartsWith(device, "cuda");
  return ResolvePrecision(choice, info, SupportOf(cuda ? torch::kCUDA : torch::kCPU));
}

std::vector<std::string> ListDevices() {
  std::vector<std::string> devices = {"cpu"};
  const int count = static_cast<int>(torch::cuda::device_count());
  for (int i = 0; i < count; ++i) devices.push_back(absl::StrCat("cuda:", i));
  return devices;
}

}  // namespace fovea
