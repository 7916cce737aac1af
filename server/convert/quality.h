// What the quality gate found, for the wire.
#pragma once

#include "common/quality/quality.h"
#include "fovea/v1/classification_service.pb.h"

namespace fovea {

v1::Quality QualityToProto(const QualityReport& report);

}  // namespace fovea
