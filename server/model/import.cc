#include "server/model/import.h"

#include <utility>

#include "common/base/file.h"
#include "common/base/status.h"
#include "server/model/export.h"
#include "server/model/state_dict.h"
#include "server/model/version_files.h"
#include "server/model/weight_names.h"

namespace fovea {
namespace {

constexpr int64_t kMaxFileBytes = int64_t{1} << 30;
constexpr int64_t kMaxClasses = 100'000;

// The manifest of the new version, before WriteVersion fills in the rest.
absl::StatusOr<Manifest> MakeManifest(const std::optional<Manifest>& exported,
                                      const ImportOptions& options, int64_t num_classes) {
  Manifest manifest;
  manifest.provenance.kind = "imported";
  if (exported.has_value()) manifest = *exported;
  if (!options.class_names.empty()) manifest.class_names = options.class_names;
  if (options.preprocess.has_value()) manifest.preprocess = *options.preprocess;
  FOVEA_RETURN_IF_ERROR(ValidatePreprocessSpec(manifest.preprocess));
  const size_t names = manifest.class_names.size();
  if (names != 0 && names != static_cast<size_t>(num_classes)) {
    return FieldError("class_names", absl::StrCat("has ", names, " names, the weights have ",
                                                  num_classes, " classes"));
  }
  return manifest;
}

absl::StatusOr<std::optional<Manifest>> ExportedManifest(const Metadata& metadata) {
  const auto found = metadata.find(kManifestMetadataKey);
  if (found == metadata.end()) return std::optional<Manifest>();
  FOVEA_ASSIGN_OR_RETURN(Manifest manifest, ManifestFromJson(found->second));
  return std::optional<Manifest>(std::move(manifest));
}

// Counters of batches are only needed where momentum is none, and older files lack them.
void AddMissingCounters(const ResNet& model, NamedTensors& tensors) {
  for (const auto& item : model->named_buffers()) {
    if (item.key().ends_with(".num_batches_tracked")) tensors.try_emplace(item.key(), item.value());
  }
}

absl::Status CheckFinite(const ResNet& model) {
  for (const auto& [name, tensor] : StateDict(*model)) {
    if (tensor.isfinite().all().item<bool>()) continue;
    return FieldError("weights", absl::StrCat(name, " has values that are not finite"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ResNet> BuildNetwork(const SafetensorsView& view) {
  FOVEA_ASSIGN_OR_RETURN(const NamedTensors given, ReadTensors(view));
  FOVEA_ASSIGN_OR_RETURN(NamedTensors tensors, WithTorchvisionNames(given));
  FOVEA_ASSIGN_OR_RETURN(const RecognisedNetwork network, RecogniseNetwork(tensors));
  if (network.num_classes > kMaxClasses) {
    return FieldError("weights", absl::StrCat("have ", network.num_classes, " classes, at most ",
                                              kMaxClasses, " are allowed"));
  }
  ResNet model(network.architecture, network.num_classes);
  AddMissingCounters(model, tensors);
  FOVEA_RETURN_IF_ERROR(LoadStateDict(*model, tensors));
  FOVEA_RETURN_IF_ERROR(CheckFinite(model));
  return model;
}

}  // namespace

absl::StatusOr<Manifest> ImportWeights(const std::string& safetensors_path,
                                       const ImportOptions& options,
                                       const std::string& staging_dir) try {
  FOVEA_ASSIGN_OR_RETURN(std::string file, ReadFile(safetensors_path, kMaxFileBytes));
  FOVEA_ASSIGN_OR_RETURN(SafetensorsView view, SafetensorsView::Parse(file));
  FOVEA_ASSIGN_OR_RETURN(const std::optional<Manifest> exported, ExportedManifest(view.metadata()));
  FOVEA_ASSIGN_OR_RETURN(const ResNet model, BuildNetwork(view));
  view = SafetensorsView();
  file = std::string();  // The network holds the weights now.

  FOVEA_ASSIGN_OR_RETURN(Manifest manifest, MakeManifest(exported, options, model->num_classes()));
  FOVEA_ASSIGN_OR_RETURN(manifest, WriteVersion(model, std::move(manifest), staging_dir));
  // Files of the same tensors are the same to the byte, so the hash is back after the round.
  if (exported.has_value() && exported->weights_sha256 != manifest.weights_sha256) {
    return FieldError("weights", "are not those that the manifest in the file describes; remove "
                                 "its metadata to import them as weights of unknown origin");
  }
  return manifest;
} catch (const std::exception& error) {
  return TorchErrorStatus("importing weights", error);
}

}  // namespace fovea
