// The two files of an evaluation: evaluation.json and predictions.csv.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evaluation/graded_photographs.h"
#include "fovea/v1/evaluation.pb.h"

namespace fovea {

inline constexpr char kEvaluationRecordFile[] = "evaluation.json";
inline constexpr char kPredictionsFile[] = "predictions.csv";

// The record as JSON with the names of the .proto, fsynced.
absl::Status WriteEvaluationRecord(const std::string& dir, const v1::Evaluation& record);
// NOT_FOUND without the file, DATA_LOSS when it cannot be understood.
absl::StatusOr<v1::Evaluation> ReadEvaluationRecord(const std::string& dir);

// Every photograph that was graded, of an evaluation with so many classes. DATA_LOSS when the file is
// not what ToCsv writes.
absl::StatusOr<GradedPhotographs> ReadPredictions(const std::string& dir, int num_classes);

}  // namespace fovea
