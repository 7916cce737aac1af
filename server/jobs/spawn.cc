#include "server/jobs/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Everything the child needs, made before the fork: after it only async-signal-safe calls are
// allowed, since another thread may have held any lock.
struct ChildPlan {
  const char* program;
  char* const* argv;
  const char* dir;
  int null_fd, log_fd;
  int go_fd;     // A byte here means go; its end means that the parent gave up or died.
  int errno_fd;  // Gets errno when something fails; closes by itself on success.
};

[[noreturn]] void FailChild(const ChildPlan& plan) {
  const int error = errno;
  [[maybe_unused]] const ssize_t wrote = write(plan.errno_fd, &error, sizeof(error));
  _exit(127);
}

// The chance to be chosen when memory runs out, from -1000 to 1000: a trainer goes before the
// server, since its job continues from a checkpoint.
void VolunteerForOutOfMemory() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t wrote = write(fd, "500", 3);
  close(fd);
}

[[noreturn]] void RunChild(const ChildPlan& plan) {
  char go = 0;
  ssize_t got;
  do {
    got = read(plan.go_fd, &go, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(127);

  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  VolunteerForOutOfMemory();
  if (dup2(plan.null_fd, 0) < 0 || dup2(plan.log_fd, 1) < 0 || dup2(plan.log_fd, 2) < 0 ||
      close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0 || chdir(plan.dir) != 0) {
    FailChild(plan);
  }
  execv(plan.program, plan.argv);
  FailChild(plan);
}

struct Pipe {
  FileDescriptor read_end, write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe");
  return Pipe{FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

// The errno that the child met, or 0 once the program runs.
int ReadErrno(int fd) {
  int error = 0;
  ssize_t got;
  do {
    got = read(fd, &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  return got == sizeof(error) ? error : 0;
}

absl::StatusOr<Process> AdoptChild(
    pid_t pid, const std::function<absl::Status(const ProcessId&)>& record) {
  FOVEA_ASSIGN_OR_RETURN(const ProcessId id, IdentifyProcess(pid));
  FOVEA_RETURN_IF_ERROR(record(id));
  return Process::Open(id);
}

// Frees the entry of a child that has ended or is about to.
void WaitForChild(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<Process> Spawn(const SpawnSpec& spec,
                              const std::function<absl::Status(const ProcessId&)>& record) {
  const FileDescriptor null_file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor log(
      open(spec.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!null_file.valid() || !log.valid()) return ErrnoStatus(errno, spec.log_path);
  FOVEA_ASSIGN_OR_RETURN(Pipe go, MakePipe());
  FOVEA_ASSIGN_OR_RETURN(Pipe failure, MakePipe());
  std::vector<char*> argv = {const_cast<char*>(spec.program.c_str())};
  for (const std::string& arg : spec.args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  const ChildPlan plan = {spec.program.c_str(), argv.data(), spec.dir.c_str(), null_file.get(),
                          log.get(), go.read_end.get(), failure.write_end.get()};

  const pid_t pid = fork();
  if (pid < 0) return ErrnoStatus(errno, "fork");
  if (pid == 0) {
    close(go.write_end.get());  // Else the child itself would keep the pipe open.
    setpgid(0, 0);
    RunChild(plan);
  }
  absl::StatusOr<Process> process = AdoptChild(pid, record);
  failure.write_end = FileDescriptor();
  if (!process.ok()) {
    go.write_end = FileDescriptor();  // The child sees the end and leaves.
    WaitForChild(pid);
    return process.status();
  }
  // Fails only when the child was killed while it waited.
  if (const absl::Status told = WriteAll(go.write_end.get(), "g", "pipe"); !told.ok()) {
    WaitForChild(pid);
    return Annotate(told, "starting the trainer");
  }
  if (const int error = ReadErrno(failure.read_end.get()); error != 0) {
    WaitForChild(pid);
    return Annotate(ErrnoStatus(error, spec.program), "starting the trainer");
  }
  return process;
}

}  // namespace fovea
