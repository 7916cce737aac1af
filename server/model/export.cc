#include "server/model/export.h"

#include <algorithm>
#include <map>

#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/manifest.h"

namespace fovea {
namespace {

constexpr size_t kMaxPiece = 1 << 20;

absl::Status InPieces(absl::string_view bytes, const ByteSink& sink) {
  while (!bytes.empty()) {
    FOVEA_RETURN_IF_ERROR(sink(bytes.substr(0, kMaxPiece)));
    bytes.remove_prefix(std::min(kMaxPiece, bytes.size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ExportVersion(const std::string& version_dir, const ByteSink& sink) {
  FOVEA_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(version_dir));
  FOVEA_ASSIGN_OR_RETURN(const std::string file,
                         ReadFile(JoinPath(version_dir, kWeightsFile), manifest.weights_bytes));
  if (Sha256Hex(file) != manifest.weights_sha256) {
    return absl::DataLossError("weights: the file is not the one that the manifest describes");
  }
  FOVEA_ASSIGN_OR_RETURN(const SafetensorsView view, SafetensorsView::Parse(file));
  std::map<std::string, TensorSpec> specs;
  for (const auto& [name, entry] : view.tensors()) specs[name] = entry.spec;
  Metadata metadata = view.metadata();
  metadata["format"] = "pt";
  metadata[kManifestMetadataKey] = ManifestToJson(manifest);
  const auto data = [&](const std::string& name) -> absl::StatusOr<absl::string_view> {
    return view.tensors().at(name).data;
  };
  return WriteSafetensors(specs, metadata, data,
                          [&](absl::string_view bytes) { return InPieces(bytes, sink); });
}

}  // namespace fovea
