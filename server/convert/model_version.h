// A version of the registry to the wire.
#pragma once

#include "fovea/v1/model_service.pb.h"
#include "server/model/registry.h"

namespace fovea {

v1::ModelVersion ModelVersionToProto(const VersionInfo& info);

}  // namespace fovea
