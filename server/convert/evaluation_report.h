// Reports and comparisons of evaluations to the wire.
#pragma once

#include "common/evaluation/comparison.h"
#include "common/evaluation/report.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/evaluation_service.pb.h"

namespace fovea {

v1::EvaluationReport ReportToProto(const EvaluationReport& report);

v1::ReliabilityBin ReliabilityBinToProto(const ReliabilityBin& bin);

// Without the names of what was compared.
v1::EvaluationComparison ComparisonToProto(const ModelComparison& comparison);

}  // namespace fovea
