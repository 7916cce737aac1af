#include "server/model/architecture.h"

#include "absl/strings/escaping.h"
#include "common/base/status.h"

namespace fovea {

absl::string_view ArchitectureName(Architecture architecture) {
  return architecture == Architecture::kResNet18 ? "resnet18" : "resnet50";
}

absl::StatusOr<Architecture> ParseArchitecture(absl::string_view name) {
  if (name == "resnet18") return Architecture::kResNet18;
  if (name == "resnet50") return Architecture::kResNet50;
  return FieldError("architecture", absl::StrCat("\"", absl::CHexEscape(name.substr(0, 80)),
                                                 "\" is unknown, allowed are resnet18, resnet50"));
}

}  // namespace fovea
