// How the share of refused pictures grows with what is wrong with them: the figures of a plot.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace fovea {

// Writes to `csv` a line for each change of each severity of the photographs in the files `fundus`
// (group blur, dark, bright or cut_off), for them as they are, and for the pictures of anything else
// in `other`, as they are and in a dark disc (group set). Columns: group, name, severity, pictures,
// refused, refused_percent with the 95 % interval low_percent to high_percent (Wilson), and how many
// had each reason. Files that cannot be read are left out.
absl::Status WriteQualityCurves(const std::vector<std::string>& fundus,
                                const std::vector<std::string>& other, const std::string& csv);

}  // namespace fovea
