#include "server/jobs/process.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Places of fields in /proc/PID/stat after the name in parentheses, see proc(5).
constexpr size_t kStartTicks = 22 - 3;

std::string BootId() {
  const absl::StatusOr<std::string> id = ReadFile("/proc/sys/kernel/random/boot_id");
  return id.ok() ? std::string(absl::StripAsciiWhitespace(*id)) : "";
}

}  // namespace

absl::StatusOr<ProcessId> IdentifyProcess(int64_t pid) {
  const absl::StatusOr<std::string> stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const auto gone = [&] { return absl::NotFoundError(absl::StrCat("no process ", pid)); };
  if (pid <= 0 || !stat.ok()) return gone();
  // The name may hold anything, so fields are counted from its last parenthesis.
  const size_t name_end = stat->rfind(") ");
  if (name_end == std::string::npos) return gone();
  const std::vector<std::string> fields = absl::StrSplit(stat->substr(name_end + 2), ' ');
  if (fields.size() <= kStartTicks) return gone();
  static const std::string boot = BootId();
  return ProcessId{pid, absl::StrCat(boot, "/", fields[kStartTicks])};
}

absl::StatusOr<Process> Process::Open(const ProcessId& id) {
  // The descriptor first: what it holds cannot be replaced any more when it is compared.
  FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, id.pid, 0)));
  if (!pidfd.valid()) return ErrnoStatus(errno == ESRCH ? ENOENT : errno, "pidfd_open");
  FOVEA_ASSIGN_OR_RETURN(const ProcessId now, IdentifyProcess(id.pid));
  if (now.start != id.start) return absl::NotFoundError("its number is another process's now");
  return Process(id, std::move(pidfd));
}

bool Process::Ended() const {
  pollfd poll_one = {pidfd_.get(), POLLIN, 0};
  return poll(&poll_one, 1, 0) > 0;
}

void Process::Signal(int signal) const {
  syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

ExitReport Process::Reap() {
  siginfo_t info = {};
  int result;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) return {"ended", -1};
  if (info.si_code == CLD_EXITED) {
    return {absl::StrCat("exited with code ", info.si_status), info.si_status};
  }
  const char* const name = strsignal(info.si_status);
  return {absl::StrCat("was killed by signal ", info.si_status, " (", name ? name : "?", ")"), -1};
}

}  // namespace fovea
