#include "server/convert/attempt.h"

#include <google/protobuf/util/json_util.h>

#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/training_spec.h"

namespace fovea {
namespace {

absl::StatusOr<std::string> ToJsonLine(const v1::TrainingSpec& spec) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(spec, &json, options).ok()) {
    return FieldError("spec", "cannot be written as JSON");
  }
  return json;
}

absl::Status CheckNotEmpty(absl::string_view field, const std::string& value) {
  return value.empty() ? FieldError(field, "is required") : absl::OkStatus();
}

}  // namespace

absl::StatusOr<Attempt> AttemptFromProto(const internal::v1::AttemptSpec& proto) {
  FOVEA_RETURN_IF_ERROR(ParseName("job", "jobs", proto.job()).status());
  FOVEA_RETURN_IF_ERROR(CheckNotEmpty("server", proto.server()));
  FOVEA_RETURN_IF_ERROR(CheckNotEmpty("dataset_index_path", proto.dataset_index_path()));
  FOVEA_RETURN_IF_ERROR(CheckNotEmpty("dataset_files_dir", proto.dataset_files_dir()));
  FOVEA_RETURN_IF_ERROR(CheckNotEmpty("job_dir", proto.job_dir()));
  FOVEA_RETURN_IF_ERROR(CheckNotEmpty("cache_dir", proto.cache_dir()));
  if (proto.dataset().class_names_size() < 2) {
    return FieldError("dataset.class_names", "has fewer than two names");
  }

  Attempt attempt;
  attempt.job = proto.job();
  v1::TrainingSpec spec = proto.spec();
  FOVEA_RETURN_IF_ERROR(ResolveTrainingSpec(&spec));
  FOVEA_ASSIGN_OR_RETURN(attempt.options, TrainingOptionsFromProto(spec));
  FOVEA_ASSIGN_OR_RETURN(attempt.training_spec_json, ToJsonLine(spec));
  attempt.dataset_fingerprint = proto.dataset().fingerprint();
  attempt.class_names.assign(proto.dataset().class_names().begin(),
                             proto.dataset().class_names().end());
  attempt.index_path = proto.dataset_index_path();
  attempt.files = {proto.dataset_files_dir(), proto.files_by_hash()};
  if (proto.max_image_bytes() > 0) attempt.limits.max_bytes = proto.max_image_bytes();
  if (proto.max_image_pixels() > 0) attempt.limits.max_pixels = proto.max_image_pixels();
  attempt.job_dir = proto.job_dir();
  attempt.cache_dir = proto.cache_dir();
  attempt.cache_limit_bytes = proto.cache_limit_bytes();
  attempt.init_version_dir = proto.init_version_dir();
  return attempt;
}

}  // namespace fovea
