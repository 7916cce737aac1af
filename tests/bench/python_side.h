// The Python half of a comparison, a child process that works when it is told to. No Torch.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace fovea {

// Runs a Python script over two pipes. It gets questions, one a line, and answers with lines that
// hold a number each. Not thread-safe. Whatever goes wrong ends the program with a message.
class PythonSide {
 public:
  // Starts `command` (program and arguments); its first line says that it is ready.
  explicit PythonSide(const std::vector<std::string>& command);
  // Closes the script's input, which ends it, and waits for that.
  ~PythonSide();
  PythonSide(const PythonSide&) = delete;
  PythonSide& operator=(const PythonSide&) = delete;

  // The `count` numbers that the script answers `question` with.
  std::vector<double> Ask(const std::string& question, int count = 1);

 private:
  double Read();

  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace fovea
