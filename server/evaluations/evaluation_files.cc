#include "server/evaluations/evaluation_files.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea {
namespace {

absl::Status Damaged(const std::string& path, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(path, ": ", why));
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
  absl::StatusOr<GradedPhotographs> graded = GradedFromCsv(text, num_classes);
  if (!graded.ok()) return Damaged(path, graded.status().message());
  return graded;
}

}  // namespace fovea
