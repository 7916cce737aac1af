#include "tests/integration/processes.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/file.h"
#include "tests/testing/await.h"

namespace fovea {
namespace {

std::string ProgramPath(const std::string& name) {
  return name[0] == '/' ? name : absl::StrCat(FOVEA_BINARY_DIR, "/bin/", name);
}

// Starts a program with stdout and stderr on `output_fd`.
pid_t Spawn(const std::string& name, const std::vector<std::string>& arguments, int output_fd) {
  const std::string path = ProgramPath(name);
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  dup2(output_fd, STDOUT_FILENO);
  dup2(output_fd, STDERR_FILENO);
  execv(path.c_str(), argv.data());
  _exit(127);
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What follows the first `key` in `text`, up to white space.
std::string ValueOf(absl::string_view text, absl::string_view key) {
  const size_t at = text.find(key);
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = text.substr(at + key.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

}  // namespace

ProgramResult RunProgram(const std::string& name, const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t pid = Spawn(name, arguments, ends[1]);
  close(ends[1]);
  ProgramResult result;
  char buffer[4096];
  while (true) {
    const ssize_t got = read(ends[0], buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    result.output.append(buffer, got);
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  result.exit_code = ExitCode(status);
  return result;
}

FoveadProcess::FoveadProcess(const std::string& data_dir,
                             const std::vector<std::string>& arguments) {
  // A log of its own for every start, so that addresses of an earlier one are not read.
  static int starts = 0;
  log_path_ = absl::StrCat(data_dir, ".fovead-", ++starts, ".log");
  std::vector<std::string> all = {"--data-dir", data_dir, "--listen", "127.0.0.1:0",
                                  "--metrics-listen", "127.0.0.1:0"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const FileDescriptor log(open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  pid_ = Spawn("fovead", all, log.get());
  AwaitAddresses();
}

FoveadProcess::~FoveadProcess() { Kill(); }

void FoveadProcess::AwaitAddresses() {
  AwaitCondition([this] { return log().find("ready") != std::string::npos || Ended(); });
  address_ = ValueOf(log(), "listen=");
  metrics_address_ = ValueOf(log(), "metrics=");
  channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
}

void FoveadProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int FoveadProcess::Terminate() {
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return ExitCode(status);
}

bool FoveadProcess::Ended() {
  if (pid_ <= 0) return true;
  if (waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

std::string FoveadProcess::log() const {
  std::ifstream file(log_path_);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<pid_t> TrainersOf(const std::string& data_dir) {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    int pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string line{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const bool ours = line.find("fovea-trainer") != std::string::npos &&
                      line.find(data_dir) != std::string::npos;
    if (ours) pids.push_back(pid);
  }
  return pids;
}

void KillTrainersOf(const std::string& data_dir) {
  for (const pid_t trainer : TrainersOf(data_dir)) kill(trainer, SIGKILL);
}

std::string HttpGet(const std::string& address, const std::string& path) {
  const size_t colon = address.rfind(':');
  addrinfo* found = nullptr;
  if (colon == std::string::npos ||
      getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), nullptr,
                  &found) != 0) {
    return "";
  }
  const FileDescriptor socket_fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool connected = connect(socket_fd.get(), found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (!connected) return "";
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", address, "\r\nConnection: close\r\n\r\n");
  if (!WriteAll(socket_fd.get(), request, "socket").ok()) return "";
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = read(socket_fd.get(), buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, got);
  }
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

}  // namespace fovea
