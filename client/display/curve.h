// A small curve of accuracy by epoch.
#pragma once

#include <string>
#include <vector>

#include "client/display/terminal.h"

namespace fovea::client {

struct CurveData {
  std::vector<double> values;  // One an epoch; NaN leaves a gap.
  int epochs = 0;              // Expected in all: the width stands for so many.
  double baseline = 0;         // Drawn as a dotted line; 0: none.
};

// `height` lines of a chart, `width` columns without the axis on the left. Two by four braille
// dots a character with UTF-8, otherwise '*' for the curve and '-' for the baseline. Empty without
// values. The vertical axis spans values and baseline.
std::vector<std::string> RenderCurve(const CurveData& data, int width, int height,
                                     const Style& style);

}  // namespace fovea::client
