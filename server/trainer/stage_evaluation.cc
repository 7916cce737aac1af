#include "server/trainer/stage_evaluation.h"

#include <google/protobuf/util/time_util.h>

#include <string>

#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/enums.h"
#include "server/convert/evaluation_report.h"
#include "server/evaluations/evaluation_files.h"

namespace fovea {
namespace {

v1::Evaluation MakeRecord(const internal::v1::AttemptSpec& spec, const std::string& id,
                          const EvaluatedPart& part) {
  v1::Evaluation record;
  record.set_name(EvaluationName(id));
  record.set_job(spec.job());
  *record.mutable_create_time() = google::protobuf::util::TimeUtil::GetCurrentTime();
  *record.mutable_spec() = spec.evaluation();
  record.set_weights_sha256(part.weights_sha256);
  record.set_preprocess_fingerprint(part.preprocess_fingerprint);
  record.set_dataset_fingerprint(spec.dataset().fingerprint());
  *record.mutable_class_names() = spec.dataset().class_names();
  record.set_parts_share_patients(part.parts_share_patients);
  *record.mutable_report() = ReportToProto(part.report);
  record.set_precision(PrecisionToProto(part.precision));
  return record;
}

}  // namespace

absl::Status StageEvaluation(const internal::v1::AttemptSpec& spec, const EvaluatedPart& part) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("job", "jobs", spec.job()));
  return ReplaceFolder(JoinPath(spec.job_dir(), "staging"), [&](const std::string& dir) {
    FOVEA_RETURN_IF_ERROR(WriteFileAtomic(JoinPath(dir, kPredictionsFile), part.predictions_csv));
    return WriteEvaluationRecord(dir, MakeRecord(spec, id, part));
  });
}

}  // namespace fovea
