#include "tests/bench/python_side.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace fovea {
namespace {

[[noreturn]] void Die(const char* message) {
  std::fprintf(stderr, "the benchmark's Python side: %s\n", message);
  std::exit(1);
}

pid_t Spawn(const std::vector<std::string>& command, int in, int out) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    Die("cannot start Python; scripts/bootstrap.sh and scripts/bench_env.sh make its environments");
  }
  return pid;
}

}  // namespace

PythonSide::PythonSide(const std::vector<std::string>& command) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) Die("cannot make pipes");
  pid_ = Spawn(command, in[0], out[1]);
  close(in[0]);
  close(out[1]);
  to_ = fdopen(in[1], "w");
  from_ = fdopen(out[0], "r");
  if (to_ == nullptr || from_ == nullptr) Die("cannot use the pipes");
  Read();
}

PythonSide::~PythonSide() {
  std::fclose(to_);
  std::fclose(from_);
  waitpid(pid_, nullptr, 0);
}

std::vector<double> PythonSide::Ask(const std::string& question, int count) {
  std::fprintf(to_, "%s\n", question.c_str());
  std::fflush(to_);
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(Read());
  return numbers;
}

double PythonSide::Read() {
  double number = 0;
  if (std::fscanf(from_, "%lf", &number) != 1) Die("Python ended; its message is above");
  return number;
}

}  // namespace fovea
