#include "server/model/safetensors_torch.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr std::pair<DType, at::ScalarType> kTypes[] = {
    {DType::kBool, at::kBool},     {DType::kU8, at::kByte},  {DType::kI8, at::kChar},
    {DType::kI16, at::kShort},     {DType::kF16, at::kHalf}, {DType::kBF16, at::kBFloat16},
    {DType::kI32, at::kInt},       {DType::kF32, at::kFloat}, {DType::kI64, at::kLong},
    {DType::kF64, at::kDouble},
};

absl::Status TypeError(const std::string& name, absl::string_view type) {
  return FieldError("safetensors", absl::StrCat("tensor \"", absl::CHexEscape(name.substr(0, 120)),
                                                "\" has the dtype ", type,
                                                ", which is not supported"));
}

absl::StatusOr<at::ScalarType> ToScalarType(const std::string& name, DType dtype) {
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == dtype) return theirs;
  }
  return TypeError(name, DTypeName(dtype));
}

absl::StatusOr<DType> ToDType(const std::string& name, at::ScalarType type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == type) return ours;
  }
  return TypeError(name, c10::toString(type));
}

torch::Tensor BorrowOrCopy(const SafetensorsView::Entry& entry, at::ScalarType type) {
  // The library has no tensors of const data; who gets this one promises to read only.
  void* data = const_cast<char*>(entry.data.data());
  if (reinterpret_cast<uintptr_t>(data) % DTypeSize(entry.spec.dtype) == 0 && !entry.data.empty()) {
    return torch::from_blob(data, entry.spec.shape, type);
  }
  torch::Tensor copy = torch::empty(entry.spec.shape, type);
  if (!entry.data.empty()) std::memcpy(copy.data_ptr(), entry.data.data(), entry.data.size());
  return copy;
}

}  // namespace

absl::StatusOr<NamedTensors> ReadTensors(const SafetensorsView& view) try {
  NamedTensors tensors;
  for (const auto& [name, entry] : view.tensors()) {
    FOVEA_ASSIGN_OR_RETURN(const at::ScalarType type, ToScalarType(name, entry.spec.dtype));
    tensors[name] = BorrowOrCopy(entry, type);
  }
  return tensors;
} catch (const std::exception& error) {
  return TorchErrorStatus("reading tensors", error);
}

absl::Status WriteTensors(const NamedTensors& tensors, const Metadata& metadata,
                          const ByteSink& sink) try {
  std::map<std::string, TensorSpec> specs;
  for (const auto& [name, tensor] : tensors) {
    FOVEA_ASSIGN_OR_RETURN(const DType dtype, ToDType(name, tensor.scalar_type()));
    specs[name] = {dtype, tensor.sizes().vec()};
  }
  torch::Tensor current;  // Keeps the bytes of the tensor being written.
  const auto data = [&](const std::string& name) -> absl::StatusOr<absl::string_view> {
    current = tensors.at(name).detach().to(torch::kCPU).contiguous();
    return absl::string_view(static_cast<const char*>(current.const_data_ptr()), current.nbytes());
  };
  return WriteSafetensors(specs, metadata, data, sink);
} catch (const std::exception& error) {
  return TorchErrorStatus("writing tensors", error);
}

absl::StatusOr<std::string> WriteTensorsToString(const NamedTensors& tensors,
                                                 const Metadata& metadata) {
  std::string file;
  FOVEA_RETURN_IF_ERROR(WriteTensors(tensors, metadata, [&](absl::string_view piece) {
    file.append(piece.data(), piece.size());
    return absl::OkStatus();
  }));
  return file;
}

}  // namespace fovea
