// The end of a log, fit to be shown.
#pragma once

#include <string>

namespace fovea {

// The last `lines` lines of a file, at most 4000 bytes, with everything but printable ASCII
// replaced by '?'. Empty when the file cannot be read or is empty.
std::string LogTail(const std::string& path, int lines);

}  // namespace fovea
