// Draws figures with gnuplot, a program of its own (Debian: gnuplot-nox).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace fovea::client {

struct Plot {
  std::string name;  // Of the files: letters, digits and hyphens.
  int width = 640;   // Pixels of the SVG; the PNG has twice as many.
  int height = 400;
  std::string script;  // Everything but terminal and output. Text in it by PlotText.
};

// Writes `dir`/{name}.svg and .png and gives the SVG. gnuplot is started without a shell and gets
// the script, with the data in it, on its stdin; it reads no configuration. FAILED_PRECONDITION
// that says what to install where there is none; INTERNAL with its message when it fails.
absl::StatusOr<std::string> Draw(const std::string& dir, const Plot& plot);

// Text as a gnuplot string: in single quotes, in which neither commands nor escapes are.
std::string PlotText(const std::string& text);

// A number as gnuplot reads it; NaN is missing.
std::string PlotNumber(double value);

// Okabe and Ito's colours, which the colour-blind can tell apart, in an order in which neighbours
// differ in lightness too, for grey print.
const std::vector<std::string>& PlotColours();

}  // namespace fovea::client
