#include "server/model/state_dict.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr size_t kNamesShown = 5;

std::string Shape(const torch::Tensor& tensor) {
  return absl::StrCat("[", absl::StrJoin(tensor.sizes(), ", "), "]");
}

// "a, b and 7 more", the names escaped.
std::string ListNames(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() == kNamesShown) break;
    shown.push_back(absl::CHexEscape(name.substr(0, 80)));
  }
  const std::string list = absl::StrJoin(shown, ", ");
  if (names.size() <= kNamesShown) return list;
  return absl::StrCat(list, " and ", names.size() - kNamesShown, " more");
}

std::vector<std::string> NamesNotIn(const NamedTensors& tensors, const NamedTensors& others) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (!others.contains(name)) names.push_back(name);
  }
  return names;
}

bool TypesAgree(const torch::Tensor& own, const torch::Tensor& given) {
  return own.is_floating_point() ? given.is_floating_point()
                                 : own.scalar_type() == given.scalar_type();
}

}  // namespace

NamedTensors StateDict(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

absl::Status CheckStateDict(const torch::nn::Module& module, const NamedTensors& tensors) {
  const NamedTensors own = StateDict(module);
  const std::vector<std::string> missing = NamesNotIn(own, tensors);
  if (!missing.empty()) return FieldError("weights", "missing are " + ListNames(missing));
  const std::vector<std::string> unexpected = NamesNotIn(tensors, own);
  if (!unexpected.empty()) return FieldError("weights", "unexpected are " + ListNames(unexpected));
  for (const auto& [name, tensor] : own) {
    const torch::Tensor& given = tensors.at(name);
    if (given.sizes() != tensor.sizes()) {
      return FieldError("weights", absl::StrCat(name, " has the shape ", Shape(given),
                                                ", this network needs ", Shape(tensor)));
    }
    if (!TypesAgree(tensor, given)) {
      return FieldError("weights", absl::StrCat(name, " has the type ",
                                                c10::toString(given.scalar_type()), ", needed is ",
                                                c10::toString(tensor.scalar_type())));
    }
  }
  return absl::OkStatus();
}

absl::Status LoadStateDict(torch::nn::Module& module, const NamedTensors& tensors) try {
  FOVEA_RETURN_IF_ERROR(CheckStateDict(module, tensors));
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : StateDict(module)) tensor.detach().copy_(tensors.at(name));
  return absl::OkStatus();
} catch (const std::exception& error) {
  return TorchErrorStatus("loading weights", error);
}

}  // namespace fovea
