#include "client/report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"

extern char** environ;

namespace fovea::client {
namespace {

constexpr size_t kMaxComplaint = 2000;

// What all figures have in common.
constexpr char kPreamble[] = R"(set encoding utf8
set datafile missing 'NaN'
set border 3 linecolor rgb '#444444'
set tics nomirror textcolor rgb '#222222'
set grid linecolor rgb '#dddddd' linetype 1 linewidth 0.6
set key noenhanced
set style fill solid 1.0
)";

std::string Terminals(const std::string& dir, const Plot& plot) {
  const std::string path = JoinPath(dir, plot.name);
  std::string script;
  absl::StrAppendFormat(&script,
                        "set terminal svg noenhanced size %d,%d background rgb 'white' "
                        "font 'DejaVu Sans,Helvetica,Arial,sans-serif,11'\nset output %s\n",
                        plot.width, plot.height, PlotText(path + ".svg"));
  absl::StrAppend(&script, kPreamble, plot.script, "\nunset output\nreset\n");
  absl::StrAppendFormat(
      &script,
      "set terminal pngcairo noenhanced size %d,%d background rgb 'white' "
      "font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2\nset output %s\n",
      2 * plot.width, 2 * plot.height, PlotText(path + ".png"));
  absl::StrAppend(&script, kPreamble, plot.script, "\nunset output\n");
  return script;
}

absl::StatusOr<FileDescriptor> MemoryFile(const char* name, absl::string_view content) {
  FileDescriptor file(memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "memfd_create");
  FOVEA_RETURN_IF_ERROR(WriteAll(file.get(), content, name));
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string ContentOf(int fd) {
  std::string text(kMaxComplaint, '\0');
  const ssize_t count = pread(fd, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return std::string(absl::StripAsciiWhitespace(text));
}

// Its exit code, or 128 + signal. stdout goes nowhere: figures are files.
absl::StatusOr<int> RunGnuplot(int input, int complaints) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
  std::string program = "gnuplot", defaults = "-d", script = "-";
  char* arguments[] = {program.data(), defaults.data(), script.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    return absl::FailedPreconditionError(
        "figures need gnuplot, which is not installed: install the Debian package gnuplot-nox");
  }
  if (error != 0) return ErrnoStatus(error, "cannot start gnuplot");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return ErrnoStatus(errno, "cannot wait for gnuplot");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

absl::StatusOr<std::string> Draw(const std::string& dir, const Plot& plot) {
  FOVEA_ASSIGN_OR_RETURN(const FileDescriptor script, MemoryFile("script", Terminals(dir, plot)));
  FOVEA_ASSIGN_OR_RETURN(const FileDescriptor complaints, MemoryFile("complaints", ""));
  FOVEA_ASSIGN_OR_RETURN(const int code, RunGnuplot(script.get(), complaints.get()));
  if (code != 0) {
    return absl::InternalError(absl::StrCat("gnuplot failed on figure ", plot.name, " (exit code ",
                                            code, "): ", ContentOf(complaints.get())));
  }
  auto svg = ReadFile(JoinPath(dir, plot.name + ".svg"));
  if (svg.ok()) return svg;
  return Annotate(svg.status(), absl::StrCat("gnuplot wrote no figure ", plot.name));
}

std::string PlotText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : Printable(text)) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string PlotNumber(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.6g", value) : "NaN";
}

const std::vector<std::string>& PlotColours() {
  static const auto* const kColours = new std::vector<std::string>{
      "#0072b2", "#e69f00", "#000000", "#56b4e9", "#cc79a7", "#d55e00", "#009e73", "#7f7f7f"};
  return *kColours;
}

}  // namespace fovea::client
