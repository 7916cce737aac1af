// Any bytes are a whole safetensors file or refused; what is read can be written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "server/model/safetensors.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<fovea::SafetensorsView> view = fovea::SafetensorsView::Parse(bytes);
  if (!view.ok()) {
    Require(view.status().code() == absl::StatusCode::kInvalidArgument);
    Require(absl::StartsWith(view.status().message(), "safetensors: "));
    return 0;
  }
  std::map<std::string, fovea::TensorSpec> specs;
  for (const auto& [name, entry] : view->tensors()) {
    Require(static_cast<int64_t>(entry.data.size()) == fovea::TensorBytes(entry.spec));
    Require(entry.data.empty() || (entry.data.data() >= bytes.data() + 8 &&
                                   entry.data.data() + entry.data.size() <= bytes.data() + size));
    specs[name] = entry.spec;
  }
  std::string file;
  const absl::Status written = fovea::WriteSafetensors(
      specs, view->metadata(),
      [&](const std::string& name) -> absl::StatusOr<absl::string_view> {
        return view->tensors().at(name).data;
      },
      [&](absl::string_view piece) {
        file.append(piece.data(), piece.size());
        return absl::OkStatus();
      });
  Require(written.ok());
  const absl::StatusOr<fovea::SafetensorsView> again = fovea::SafetensorsView::Parse(file);
  Require(again.ok() && again->metadata() == view->metadata());
  Require(again->tensors().size() == specs.size());
  for (const auto& [name, entry] : again->tensors()) {
    Require(entry.spec == specs.at(name) && entry.data == view->tensors().at(name).data);
  }
  return 0;
}
