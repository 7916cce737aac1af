// Text in columns: widths, padding, clipping, and making foreign text harmless.
//
// Text is UTF-8; every code point counts as one column, which holds for all that is drawn here.
// Colour sequences (ESC [ ... m) count as none.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace fovea::client {

int DisplayWidth(absl::string_view text);

// Filled with spaces up to `width` columns; longer text is left as it is.
std::string PadRight(absl::string_view text, int width);
std::string PadLeft(absl::string_view text, int width);

// The first `width` columns; ends any colour that is cut.
std::string Clip(absl::string_view text, int width);

// Text from elsewhere (the server, file names) with control characters written as \xNN, so that it
// can neither move the cursor nor pretend to be another line. Line breaks are kept if asked.
std::string Printable(absl::string_view text, bool keep_line_breaks = false);

}  // namespace fovea::client
