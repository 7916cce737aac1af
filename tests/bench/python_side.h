// The Python half of the comparison, a child process that trains when it is told to. No Torch.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace fovea {

// Runs a Python script over two pipes. It gets a number of steps a line and answers each with as
// many lines of milliseconds. Not thread-safe. Whatever goes wrong ends the program with a message.
class PythonSide {
 public:
  // Starts `command` (program and arguments); its first line says that it is ready.
  explicit PythonSide(const std::vector<std::string>& command);
  // Closes the script's input, which ends it, and waits for that.
  ~PythonSide();
  PythonSide(const PythonSide&) = delete;
  PythonSide& operator=(const PythonSide&) = delete;

  // Milliseconds of each of `steps` training steps.
  std::vector<double> Train(int steps);

 private:
  double Read();

  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace fovea
