// Lines at the bottom of a terminal that are drawn anew in place, below text that stays.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace fovea::client {

// Makes the sequences that redraw the region; the caller writes them. Not thread-safe.
class LiveRegion {
 public:
  // What to write so that `permanent` (whole lines, or empty) scrolls away above the region and
  // the region becomes `lines`, each clipped to `width` columns.
  std::string Draw(absl::string_view permanent, const std::vector<std::string>& lines, int width);

  // What to write so that the region is gone.
  std::string Erase();

 private:
  int height_ = 0;
};

}  // namespace fovea::client
