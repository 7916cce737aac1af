// Flags over the environment over a configuration file, for both programs.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace fovea {

// The environment variable of a flag: "FOVEA_DATA_DIR" for "data-dir".
std::string EnvironmentVariable(const std::string& flag);

// Adds --config FILE (TOML; environment FOVEA_CONFIG) to `app`. The file gives values of app's own
// options by their names without dashes; a name that is none is an error. An option that came as a
// flag, or whose EnvironmentVariable is set and not empty, takes nothing from the file: CLI11 by
// itself would let the file win over the environment. `default_path` is read where no other file is
// named and it exists; empty for none. A file that was named must exist.
CLI::Option* AddConfigFile(CLI::App* app, const std::string& default_path,
                           const std::string& help);

}  // namespace fovea
