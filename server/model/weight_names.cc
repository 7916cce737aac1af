#include "server/model/weight_names.h"

#include <array>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr absl::string_view kPrefixes[] = {"module.", "model.", "backbone.", "_orig_mod."};

absl::string_view WithoutPrefixes(absl::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const absl::string_view prefix : kPrefixes) again |= absl::ConsumePrefix(&name, prefix);
  }
  return name;
}

// How many different N there are in names "layerL.N.…", for L = 1..4.
std::array<size_t, 4> CountBlocks(const NamedTensors& tensors) {
  std::array<std::set<std::string>, 4> blocks;
  for (const auto& [name, tensor] : tensors) {
    const std::vector<std::string> parts = absl::StrSplit(name, '.');
    int layer = 0;
    absl::string_view first = parts[0];
    if (parts.size() < 3 || !absl::ConsumePrefix(&first, "layer")) continue;
    if (absl::SimpleAtoi(first, &layer) && layer >= 1 && layer <= 4) {
      blocks[layer - 1].insert(parts[1]);
    }
  }
  return {blocks[0].size(), blocks[1].size(), blocks[2].size(), blocks[3].size()};
}

}  // namespace

absl::StatusOr<NamedTensors> WithTorchvisionNames(const NamedTensors& tensors) {
  NamedTensors renamed;
  for (const auto& [name, tensor] : tensors) {
    const std::string bare(WithoutPrefixes(name));
    if (!renamed.emplace(bare, tensor).second) {
      return FieldError("weights", absl::StrCat("\"", absl::CHexEscape(bare.substr(0, 80)),
                                                "\" is there twice, behind different prefixes"));
    }
  }
  return renamed;
}

absl::StatusOr<RecognisedNetwork> RecogniseNetwork(const NamedTensors& tensors) {
  using Blocks = std::array<size_t, 4>;
  const Blocks blocks = CountBlocks(tensors);
  if (blocks == Blocks{}) {
    return FieldError("weights", "are not of a ResNet with torchvision's names, for instance "
                                 "layer1.0.conv1.weight");
  }
  const bool bottlenecks = tensors.contains("layer1.0.conv3.weight");
  RecognisedNetwork network;
  if (blocks == Blocks{2, 2, 2, 2} && !bottlenecks) {
    network.architecture = Architecture::kResNet18;
  } else if (blocks == Blocks{3, 4, 6, 3} && bottlenecks) {
    network.architecture = Architecture::kResNet50;
  } else {
    return FieldError("weights",
                      absl::StrCat("are of a ResNet with layers of ", absl::StrJoin(blocks, ", "),
                                   bottlenecks ? " bottleneck" : " basic",
                                   " blocks, allowed are ResNet18 (2, 2, 2, 2 basic) and ResNet50 "
                                   "(3, 4, 6, 3 bottleneck)"));
  }
  const auto fc = tensors.find("fc.weight");
  if (fc == tensors.end() || fc->second.dim() != 2 || fc->second.size(0) < 2) {
    return FieldError("weights", "need an fc.weight with a row for each of at least 2 classes");
  }
  network.num_classes = fc->second.size(0);
  return network;
}

}  // namespace fovea
