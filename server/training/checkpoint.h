// Training state to and from the bytes of one file. Includes Torch.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/training/state.h"

namespace fovea {

// What a checkpoint belongs to; another one is refused.
struct CheckpointKey {
  std::string options_fingerprint;     // OptionsFingerprint.
  std::string dataset_fingerprint;
  std::string preprocess_fingerprint;
  std::string photographs_digest;      // Photographs.digest.

  bool operator==(const CheckpointKey&) const = default;
};

// A safetensors file: tensors "model/NAME", "momentum/NAME" and, with ema_decay, "average/NAME"; the
// rest of the state, the key and a SHA-256 over everything in the metadata.
absl::StatusOr<std::string> EncodeCheckpoint(const TrainState& state, const CheckpointKey& key);

// Brings state (with model and average of the right shape on their device) to that of the file, bit for bit.
// DATA_LOSS for a file that is damaged, FAILED_PRECONDITION for one of another key; then the state
// is void.
absl::Status DecodeCheckpoint(absl::string_view file, const CheckpointKey& key,
                              const RecipeOptions& recipe, TrainState* state);

}  // namespace fovea
