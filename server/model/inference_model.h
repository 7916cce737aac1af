// A version in memory, ready to grade. No Torch in this header.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/model/class_maps.h"
#include "server/model/manifest.h"

namespace fovea {

// Immutable after loading; lent by shared_ptr, so that a swap never takes it from under a request.
// Thread-safe.
class InferenceModel {
 public:
  // Reads manifest and weights of a version's folder; checks the hash of the weights, every
  // tensor's name and shape, and the preprocessing fingerprint, and compiles the network
  // (server/model/plan). `device`: "cpu" or "cuda:N". `precision`: kAuto is what the version says.
  static absl::StatusOr<std::shared_ptr<const InferenceModel>> Load(
      const std::string& version_dir, const std::string& device,
      PrecisionChoice precision = PrecisionChoice::kAuto);
  ~InferenceModel();

  const Manifest& manifest() const;
  // The one it serves in.
  Precision precision() const;

  // Logits, batch * num_classes, row-major, of `batch` inputs in NHWC as ToTensor writes them
  // (crop_size * crop_size * 3 floats each); their mean over the version's test-time views, one view
  // of the batch after the other. RESOURCE_EXHAUSTED when memory runs out, INTERNAL for
  // any other failure of the tensor library.
  //
  // `maps`: of these inputs of the batch (ClassMaps::input, 0..batch-1) also where each class's
  // logit comes from, in the view as it is. Asking for them changes no logit and costs little: no
  // pass backwards.
  absl::StatusOr<std::vector<float>> Logits(const float* nhwc, int batch,
                                            absl::Span<ClassMaps> maps = {}) const;

 private:
  struct Impl;
  explicit InferenceModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// In which a version is served on a device ("cpu" or "cuda:N"); `asked`: kAuto is what the version
// says.
Precision ServedPrecision(const InferenceInfo& info, PrecisionChoice asked,
                          const std::string& device);

// "cpu" and the CUDA devices that there are.
std::vector<std::string> ListDevices();

}  // namespace fovea
