// PreprocessSpec to and from the wire.
#pragma once

#include "absl/status/statusor.h"
#include "common/preprocess/spec.h"
#include "fovea/v1/preprocess.pb.h"

namespace fovea {

// With the defaults for unset fields. INVALID_ARGUMENT "preprocess.field: ..." outside the ranges.
absl::StatusOr<PreprocessSpec> PreprocessFromProto(const v1::PreprocessSpec& proto);

// Every field is set.
v1::PreprocessSpec PreprocessToProto(const PreprocessSpec& spec);

}  // namespace fovea
