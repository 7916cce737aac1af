#include "tests/client/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace fovea::client {
namespace {

void CloseIfOpen(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

// Appends what is there; closes the descriptor at its end.
void Drain(int* fd, std::string* text) {
  char buffer[65536];
  const ssize_t count = read(*fd, buffer, sizeof buffer);
  if (count > 0) text->append(buffer, static_cast<size_t>(count));
  if (count <= 0) CloseIfOpen(fd);
}

// An unnamed file that holds `content`, at its start.
int FileWith(const std::string& content) {
  char path[] = "/tmp/fovea-stdin-XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  if (write(fd, content.data(), content.size()) < 0) abort();
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

Program::Program(const std::vector<std::string>& args, const std::string& input,
                 const std::vector<std::string>& env) {
  std::vector<std::string> words = {FOVEA_BINARY_DIR "/bin/fovea"};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<std::string> variables = {"LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/nonexistent",
                                        "TERM=xterm"};
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = getenv(name)) variables.push_back(absl::StrCat(name, "=", value));
  }
  variables.insert(variables.end(), env.begin(), env.end());
  std::vector<char*> argv;
  std::vector<char*> envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) abort();
  int in = FileWith(input);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
  close(in);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  CloseIfOpen(&out_);
  CloseIfOpen(&err_);
}

void Program::Signal(int signal) { kill(pid_, signal); }

bool Program::ReadMore() {
  if (out_ < 0 && err_ < 0) return false;
  pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  poll(fds, 2, -1);
  if (fds[0].revents != 0) Drain(&out_, &result_.out);
  if (fds[1].revents != 0) Drain(&err_, &result_.err);
  return true;
}

bool Program::WaitForText(const std::string& text) {
  do {
    if (result_.out.find(text) != std::string::npos) return true;
    if (result_.err.find(text) != std::string::npos) return true;
  } while (ReadMore());
  return false;
}

Finished Program::Finish() {
  while (ReadMore()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  result_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result_;
}

Finished RunFovea(const std::vector<std::string>& args, const std::string& input,
                  const std::vector<std::string>& env) {
  return Program(args, input, env).Finish();
}

}  // namespace fovea::client
