#include "server/evaluations/evaluation_files.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/csv.h"

namespace fovea {
namespace {

constexpr size_t kFirstProbability = 4;  // After path, patient, label and predicted.

absl::Status Damaged(const std::string& path, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(path, ": ", why));
}

// Adds one line; false when it is not of the right form.
bool AddRow(const CsvRow& row, GradedPhotographs* graded) {
  const size_t classes = static_cast<size_t>(graded->predictions.num_classes);
  if (row.fields.size() != kFirstProbability + classes) return false;
  graded->paths.push_back(row.fields[0]);
  graded->predictions.patients.push_back(row.fields[1]);
  int label = 0;
  if (!absl::SimpleAtoi(row.fields[2], &label)) return false;
  graded->predictions.labels.push_back(label);
  for (size_t i = 0; i < classes; ++i) {
    double probability = 0;
    if (!absl::SimpleAtod(row.fields[kFirstProbability + i], &probability)) return false;
    graded->predictions.probabilities.push_back(probability);
  }
  return true;
}

}  // namespace

absl::Status WriteEvaluationRecord(const std::string& dir, const v1::Evaluation& record) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json, options).ok()) {
    return absl::InternalError("evaluation: cannot be written as JSON");
  }
  return WriteFileAtomic(JoinPath(dir, kEvaluationRecordFile), json);
}

absl::StatusOr<v1::Evaluation> ReadEvaluationRecord(const std::string& dir) {
  const std::string path = JoinPath(dir, kEvaluationRecordFile);
  FOVEA_ASSIGN_OR_RETURN(const std::string json, ReadFile(path));
  v1::Evaluation record;
  if (!google::protobuf::util::JsonStringToMessage(json, &record).ok()) {
    return Damaged(path, "is not the record of an evaluation");
  }
  return record;
}

absl::StatusOr<GradedPhotographs> ReadPredictions(const std::string& dir, int num_classes) {
  const std::string path = JoinPath(dir, kPredictionsFile);
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const absl::StatusOr<std::vector<CsvRow>> rows = ParseCsv(kPredictionsFile, text);
  if (!rows.ok()) return Damaged(path, rows.status().message());
  GradedPhotographs graded;
  graded.predictions.num_classes = num_classes;
  for (size_t i = 1; i < rows->size(); ++i) {
    if (AddRow((*rows)[i], &graded)) continue;
    return Damaged(path, absl::StrCat("line ", (*rows)[i].line, " is not a prediction"));
  }
  const absl::Status valid = ValidatePredictions(graded.predictions);
  if (!valid.ok()) return Damaged(path, valid.message());
  return graded;
}

}  // namespace fovea
