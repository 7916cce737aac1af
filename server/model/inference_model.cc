#include "server/model/inference_model.h"

#include <mutex>
#include <utility>

#include "common/base/file.h"
#include "common/base/status.h"
#include "common/torch/torch.h"
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
  // Its forward only reads, but is not declared const.
  mutable ResNet network;
};

InferenceModel::InferenceModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InferenceModel::~InferenceModel() = default;

const Manifest& InferenceModel::manifest() const { return impl_->manifest; }

absl::StatusOr<std::shared_ptr<const InferenceModel>> InferenceModel::Load(
    const std::string& version_dir, const std::string& device) try {
  FOVEA_ASSIGN_OR_RETURN(const torch::Device target, ParseDevice(device));
  FOVEA_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(version_dir));
  ResNet network(manifest.architecture, manifest.num_classes);
  FOVEA_RETURN_IF_ERROR(LoadVersionWeights(*network, manifest, version_dir));
  network->eval();
  for (torch::Tensor& parameter : network->parameters()) parameter.set_requires_grad(false);
  network->to(target);
  auto impl = std::make_unique<Impl>(Impl{std::move(manifest), target, std::move(network)});
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
  ResNet& network = impl_->network;
  torch::Tensor activations;  // Of the inputs as they are, the first view.
  const LogitsFunction forward = [&](const torch::Tensor& view) {
    const torch::Tensor seen = network->activations(view);
    if (!activations.defined()) activations = seen;
    return network->fc(network->Pool(seen));
  };
  const torch::Tensor logits =
      MeanLogits(x.to(impl_->device), impl_->manifest.test_time_views, forward).cpu().contiguous();
  for (ClassMaps& wanted : maps) {
    FillClassMaps(activations[wanted.input], network->fc->weight, &wanted);
  }
  const float* values = logits.const_data_ptr<float>();
  return std::vector<float>(values, values + logits.numel());
} catch (const std::exception& error) {
  return TorchErrorStatus("inference", error);
}

void SetTorchThreads(int threads) {
  at::set_num_threads(threads);
  static std::once_flag once;  // The library refuses a second call.
  std::call_once(once, [] { at::set_num_interop_threads(1); });
}

std::vector<std::string> ListDevices() {
  std::vector<std::string> devices = {"cpu"};
  const int count = static_cast<int>(torch::cuda::device_count());
  for (int i = 0; i < count; ++i) devices.push_back(absl::StrCat("cuda:", i));
  return devices;
}

}  // namespace fovea
