// The flags of `fovea job create` that fill a TrainingSpec.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "fovea/v1/training.pb.h"

namespace fovea::client {

// Every field of TrainingSpec, Recipe and PreprocessSpec as a flag. What is not given stays unset,
// so that the server's defaults hold. Must outlive the parser.
class JobSpecFlags {
 public:
  void AddTo(CLI::App* command);

  // The spec in --spec FILE, if given, changed by the other flags.
  absl::StatusOr<v1::TrainingSpec> Build() const;

 private:
  void AddSpecFlags(CLI::App* command);
  void AddLoopFlags(CLI::App* command);
  void AddSelectionFlags(CLI::App* command);
  void AddOptimiserFlags(CLI::App* command);
  void AddAugmentationFlags(CLI::App* command);
  void AddPreprocessFlags(CLI::App* command);

  // Adds an option whose value `set` writes into the spec.
  template <typename T, typename Set>
  CLI::Option* Field(CLI::App* command, const std::string& flag, const std::string& type,
                     const std::string& help, Set set);
  // The same for --flag and --no-flag.
  template <typename Set>
  CLI::Option* Toggle(CLI::App* command, const std::string& flag, const std::string& help,
                      Set set);

  std::string spec_file_;
  std::vector<std::function<void(v1::TrainingSpec*)>> changes_;
};

}  // namespace fovea::client
