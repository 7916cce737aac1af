// What the terminal can show, and text styles that respect it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace fovea::client {

// How text may be decorated. Copied freely.
struct Style {
  bool colour = false;
  bool utf8 = false;

  std::string Bold(absl::string_view text) const;
  std::string Dim(absl::string_view text) const;
  std::string Green(absl::string_view text) const;
  std::string Yellow(absl::string_view text) const;
  std::string Red(absl::string_view text) const;
  std::string Cyan(absl::string_view text) const;
};

struct Terminal {
  bool stdout_tty = false;
  bool stderr_tty = false;
  Style out;  // For stdout.
  Style err;  // For stderr.
};

// Looks at stdout, stderr, NO_COLOR, TERM and the locale variables.
Terminal DetectTerminal();

// Columns of the terminal on stdout, or else stderr, now; 100 when there is none.
int TerminalWidth();

// Lines of the terminal on stdout, or else stderr, now; 24 when there is none.
int TerminalHeight();

// Writes all of `text` to stdout or stderr at once.
void WriteOut(absl::string_view text);
void WriteErr(absl::string_view text);

}  // namespace fovea::client
