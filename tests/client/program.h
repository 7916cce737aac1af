// Runs the real `fovea` as a process.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace fovea::client {

struct Finished {
  int code = -1;  // Exit code, or 128 + signal.
  std::string out;
  std::string err;
};

// A running `fovea`. Its environment is fixed (UTF-8, UTC, no colours, no configuration of the
// person who runs the tests). Kills it when destroyed. Not thread-safe.
class Program {
 public:
  // `env` are lines NAME=VALUE.
  explicit Program(const std::vector<std::string>& args, const std::string& input = "",
                   const std::vector<std::string>& env = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void Signal(int signal);
  // Reads on until stdout or stderr holds `text`; false when the program ended without it.
  bool WaitForText(const std::string& text);
  Finished Finish();

 private:
  bool ReadMore();  // False at the end of both streams.

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Finished result_;
};

Finished RunFovea(const std::vector<std::string>& args, const std::string& input = "",
                  const std::vector<std::string>& env = {});

}  // namespace fovea::client
