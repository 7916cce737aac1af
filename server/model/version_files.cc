#include "server/model/version_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/manifest.h"
#include "server/model/state_dict.h"

namespace fovea {
namespace {

struct FileDigest {
  int64_t bytes = 0;
  std::string sha256;
};

// Streams the tensors into a new file and hashes them on the way.
absl::StatusOr<FileDigest> WriteWeights(const NamedTensors& tensors, const std::string& path) {
  const FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  FileDigest digest;
  Sha256 hash;
  FOVEA_RETURN_IF_ERROR(WriteTensors(tensors, {{"format", "pt"}}, [&](absl::string_view piece) {
    digest.bytes += static_cast<int64_t>(piece.size());
    hash.Update(piece);
    return WriteAll(fd.get(), piece, path);
  }));
  if (fsync(fd.get()) != 0) return ErrnoStatus(errno, path);
  digest.sha256 = hash.FinishHex();
  return digest;
}

}  // namespace

absl::StatusOr<Manifest> WriteVersion(const ResNet& model, Manifest manifest,
                                      const std::string& dir) {
  FOVEA_ASSIGN_OR_RETURN(FileDigest digest,
                         WriteWeights(StateDict(*model), JoinPath(dir, kWeightsFile)));
  manifest.architecture = model->architecture();
  manifest.num_classes = static_cast<int32_t>(model->num_classes());
  manifest.preprocess_fingerprint = PreprocessFingerprint(manifest.preprocess);
  manifest.weights_sha256 = std::move(digest.sha256);
  manifest.weights_bytes = digest.bytes;
  manifest.provenance.fovea_version = FOVEA_VERSION;
  manifest.create_time = absl::Now();
  const std::string json = ManifestToJson(manifest);
  // Whatever this process writes, it must be able to read: wrong names are found here.
  FOVEA_RETURN_IF_ERROR(ManifestFromJson(json).status());
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(JoinPath(dir, kManifestFile), json));
  return manifest;
}

absl::Status LoadVersionWeights(ResNetImpl& model, const Manifest& manifest,
                                const std::string& dir) {
  FOVEA_ASSIGN_OR_RETURN(const std::string file, ReadFile(JoinPath(dir, kWeightsFile)));
  if (static_cast<int64_t>(file.size()) != manifest.weights_bytes ||
      Sha256Hex(file) != manifest.weights_sha256) {
    return absl::DataLossError(
        "weights: the file is not the one that the manifest describes (SHA-256 differs); delete "
        "this version and train or import it again");
  }
  FOVEA_ASSIGN_OR_RETURN(const SafetensorsView view, SafetensorsView::Parse(file));
  FOVEA_ASSIGN_OR_RETURN(const NamedTensors tensors, ReadTensors(view));
  return LoadStateDict(model, tensors);
}

}  // namespace fovea
