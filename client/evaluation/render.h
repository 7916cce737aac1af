// Evaluations as text.
#pragma once

#include <string>

#include "client/display/terminal.h"
#include "common/evaluation/graded_photographs.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/evaluation_service.pb.h"

namespace fovea::client {

// A line an evaluation.
std::string RenderEvaluations(const v1::ListEvaluationsResponse& response, const Style& style);

// What was evaluated; every metric with its interval; figures by class; confusion counts.
std::string RenderEvaluation(const v1::Evaluation& evaluation, const Style& style);

// A line a metric: both values, the difference with its interval and p.
std::string RenderComparison(const v1::EvaluationComparison& comparison, const Style& style);

// Of all pages, for ToCsv.
GradedPhotographs ToGraded(const v1::ListPredictionsResponse& response);

}  // namespace fovea::client
