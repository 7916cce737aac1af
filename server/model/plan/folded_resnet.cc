#include "server/model/plan/folded_resnet.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/model/state_dict.h"

namespace fovea {
namespace {

constexpr double kEps = 1e-5;  // Of torch::nn::BatchNorm2d.
constexpr int kLayers = 4;

// Gives the folded convolutions by their names.
class Folder {
 public:
  explicit Folder(const ResNet& network) {
    for (const auto& [name, tensor] : StateDict(*network)) {
      tensors_[name] = tensor.detach().cpu();
    }
  }

  torch::Tensor At(const std::string& name) const { return tensors_.at(name); }
  bool Has(const std::string& name) const { return tensors_.contains(name); }

  FoldedConv Conv(const std::string& conv, const std::string& norm, int64_t stride) const {
    const torch::Tensor w = At(conv + ".weight").to(torch::kDouble);
    const torch::Tensor scale = At(norm + ".weight").to(torch::kDouble) /
                                (At(norm + ".running_var").to(torch::kDouble) + kEps).sqrt();
    const torch::Tensor bias = At(norm + ".bias").to(torch::kDouble) -
                               At(norm + ".running_mean").to(torch::kDouble) * scale;
    FoldedConv folded;
    folded.weight = (w * scale.view({-1, 1, 1, 1}))
                        .to(torch::kFloat)
                        .contiguous(torch::MemoryFormat::ChannelsLast);
    folded.bias = bias.to(torch::kFloat).contiguous();
    folded.stride = stride;
    folded.padding = w.size(2) / 2;
    return folded;
  }

  FoldedBlock Block(const std::string& block, int64_t stride) const {
    FoldedBlock folded;
    // ResNet18's first 3x3 convolution has the stride, ResNet50's only one.
    const bool bottleneck = Has(block + ".conv3.weight");
    const int convs = bottleneck ? 3 : 2;
    const int strided = bottleneck ? 2 : 1;
    for (int i = 1; i <= convs; ++i) {
      folded.convs.push_back(Conv(absl::StrCat(block, ".conv", i), absl::StrCat(block, ".bn", i),
                                  i == strided ? stride : 1));
    }
    if (Has(block + ".downsample.0.weight")) {
      folded.shortcut = Conv(block + ".downsample.0", block + ".downsample.1", stride);
    }
    return folded;
  }

 private:
  std::map<std::string, torch::Tensor> tensors_;
};

}  // namespace

FoldedResNet Fold(const ResNet& network) {
  const torch::NoGradGuard no_grad;
  const Folder folder(network);
  FoldedResNet folded;
  folded.stem = folder.Conv("conv1", "bn1", 2);
  for (int layer = 1; layer <= kLayers; ++layer) {
    for (int i = 0;; ++i) {
      const std::string block = absl::StrCat("layer", layer, ".", i);
      if (!folder.Has(block + ".conv1.weight")) break;
      folded.blocks.push_back(folder.Block(block, layer > 1 && i == 0 ? 2 : 1));
    }
  }
  folded.fc_weight = folder.At("fc.weight").to(torch::kFloat).clone();
  folded.fc_bias = folder.At("fc.bias").to(torch::kFloat).clone();
  return folded;
}

}  // namespace fovea
