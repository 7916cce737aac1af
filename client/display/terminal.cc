#include "client/display/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fovea::client {
namespace {

std::string Wrap(bool colour, absl::string_view code, absl::string_view text) {
  if (!colour || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// By the rules of setlocale: the first of these that is set decides.
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = absl::AsciiStrToLower(Environment(name));
    if (value.empty()) continue;
    return absl::StrContains(value, "utf-8") || absl::StrContains(value, "utf8");
  }
  return false;
}

// Of the terminal on stdout or stderr.
winsize SizeOfTerminal() {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) return size;
  }
  winsize without{};
  without.ws_col = 100;
  without.ws_row = 24;
  return without;
}

void WriteTo(std::FILE* file, absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

std::string Style::Bold(absl::string_view text) const { return Wrap(colour, "1", text); }
std::string Style::Dim(absl::string_view text) const { return Wrap(colour, "2", text); }
std::string Style::Green(absl::string_view text) const { return Wrap(colour, "32", text); }
std::string Style::Yellow(absl::string_view text) const { return Wrap(colour, "33", text); }
std::string Style::Red(absl::string_view text) const { return Wrap(colour, "31", text); }
std::string Style::Cyan(absl::string_view text) const { return Wrap(colour, "36", text); }

Terminal DetectTerminal() {
  Terminal terminal;
  const std::string term = Environment("TERM");
  const bool capable = !term.empty() && term != "dumb";
  const bool colour = capable && Environment("NO_COLOR").empty();
  const bool utf8 = LocaleIsUtf8();
  terminal.stdout_tty = capable && isatty(STDOUT_FILENO) == 1;
  terminal.stderr_tty = capable && isatty(STDERR_FILENO) == 1;
  terminal.out = {colour && terminal.stdout_tty, utf8};
  terminal.err = {colour && terminal.stderr_tty, utf8};
  return terminal;
}

int TerminalWidth() { return SizeOfTerminal().ws_col; }
int TerminalHeight() { return SizeOfTerminal().ws_row; }

void WriteOut(absl::string_view text) { WriteTo(stdout, text); }
void WriteErr(absl::string_view text) { WriteTo(stderr, text); }

}  // namespace fovea::client
