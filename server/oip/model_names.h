// How models are called in the Open Inference Protocol: `{model}` takes tensors, `{model}-image`
// files.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/serving/input_kind.h"

namespace fovea {

struct OipModel {
  std::string model_id;
  InputKind kind = InputKind::kTensor;
};

// The ending alone decides on the kind, whatever models there are. INVALID_ARGUMENT for an empty
// name, NOT_FOUND for one that no model can have.
absl::StatusOr<OipModel> ParseOipModel(absl::string_view name);

// The name of a model reference, as ParseModelRef takes it. `version`: a number, an alias, or empty
// for what answers for the model. NOT_FOUND for what can be neither.
absl::StatusOr<std::string> OipReference(const OipModel& model, absl::string_view version);

}  // namespace fovea
