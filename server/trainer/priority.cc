#include "server/trainer/priority.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.h"
#include "common/base/log.h"

namespace fovea {
namespace {

constexpr int kNice = 10;
constexpr char kAutogroup[] = "/proc/self/autogroup";

}  // namespace

void YieldToOthers() {
  if (setpriority(PRIO_PROCESS, 0, kNice) != 0) {
    Log(LogLevel::kWarning, "nice value not set",
        {{"error", std::string(ErrnoStatus(errno, "setpriority").message())}});
  }
  if (getsid(0) != getpid()) return;
  const FileDescriptor fd(open(kAutogroup, O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return;  // The kernel does not group.
  const absl::Status written = WriteAll(fd.get(), "10", kAutogroup);
  if (!written.ok()) {
    Log(LogLevel::kWarning, "session's nice value not set",
        {{"error", std::string(written.message())}});
  }
}

}  // namespace fovea
