#include "server/oip/model_names.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {

absl::StatusOr<OipModel> ParseOipModel(absl::string_view name) {
  if (name.empty()) {
    return FieldError("model name", absl::StrCat("empty: must be {model} for tensors or {model}",
                                                 kImageSuffix, " for JPEG and PNG files; "
                                                 "RepositoryIndex lists them"));
  }
  absl::string_view id = name;
  const bool image = absl::ConsumeSuffix(&id, kImageSuffix);
  if (!ValidateId("model name", id).ok()) {
    return absl::NotFoundError(
        absl::StrCat("model name: there is no \"", name, "\"; RepositoryIndex lists all"));
  }
  return OipModel{std::string(id), image ? InputKind::kImage : InputKind::kTensor};
}

absl::StatusOr<std::string> OipReference(const OipModel& model, absl::string_view version) {
  if (version.empty()) return ModelName(model.model_id);
  int32_t number = 0;
  if (absl::SimpleAtoi(version, &number) && number > 0) {
    return ModelVersionName(model.model_id, number);
  }
  if (ValidateId("model version", version).ok()) {
    return absl::StrCat(ModelName(model.model_id), "/aliases/", version);
  }
  return absl::NotFoundError(absl::StrCat("model version: there is no \"", version,
                                          "\": must be a version's number, an alias, or empty"));
}

}  // namespace fovea
