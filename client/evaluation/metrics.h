// Figures of evaluation reports by their names.
#pragma once

#include <algorithm>
#include <cmath>

#include "absl/strings/string_view.h"
#include "fovea/v1/evaluation.pb.h"

namespace fovea::client {

// nullptr when the report has no such metric.
inline const v1::Metric* FindMetric(const v1::EvaluationReport& report, absl::string_view name) {
  const auto found = std::find_if(report.metrics().begin(), report.metrics().end(),
                                  [&](const v1::Metric& metric) { return metric.name() == name; });
  return found == report.metrics().end() ? nullptr : &*found;
}

// NaN when the report has no such metric.
inline double MetricValue(const v1::EvaluationReport& report, absl::string_view name) {
  const v1::Metric* metric = FindMetric(report, name);
  return metric == nullptr ? std::nan("") : metric->value();
}

}  // namespace fovea::client
