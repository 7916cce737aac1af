// The networks that Fovea knows.
#pragma once


#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

enum class Architecture { kResNet18, kResNet50 };

// "resnet18" or "resnet50".
absl::string_view ArchitectureName(Architecture architecture);
absl::StatusOr<Architecture> ParseArchitecture(absl::string_view name);

// ICDR grades 0..4: "No DR", "Mild", "Moderate", "Severe", "Proliferative DR".
inline constexpr absl::string_view kGradeNames[] = {"No DR", "Mild", "Moderate", "Severe",
                                                   "Proliferative DR"};

}  // namespace fovea
