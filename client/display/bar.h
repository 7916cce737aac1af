// Bars: a share of a width, and several shares as one column each.
#pragma once

#include <string>
#include <vector>

#include "client/display/terminal.h"

namespace fovea::client {

// A bar of `width` columns filled for `fraction` (kept in 0..1; NaN is 0), in eighths of a column
// where UTF-8 may be used: "█████▌░░░", otherwise "#####....".
std::string RenderBar(double fraction, int width, const Style& style);

// One column a value in 0..1: "█▁▁▂▁". Without UTF-8 tenths as digits: "90010".
std::string RenderSparkline(const std::vector<double>& values, const Style& style);

}  // namespace fovea::client
