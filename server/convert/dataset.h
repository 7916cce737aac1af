// DatasetItem to and from the wire.
#pragma once

#include "absl/status/statusor.h"
#include "common/dataset/index.h"
#include "fovea/v1/dataset_service.pb.h"

namespace fovea {

// INVALID_ARGUMENT for an unknown part; the rest is ValidateItems' to check.
absl::StatusOr<DatasetItem> DatasetItemFromProto(const v1::DatasetItem& proto);

v1::DatasetItem DatasetItemToProto(const DatasetItem& item);

}  // namespace fovea
