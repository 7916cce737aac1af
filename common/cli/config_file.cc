#include "common/cli/config_file.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace fovea {
namespace {

bool InEnvironment(const std::string& flag) {
  const char* value = std::getenv(EnvironmentVariable(flag).c_str());
  return value != nullptr && *value != '\0';
}

class BelowEnvironment : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> given = CLI::ConfigTOML::from_config(input);
    std::erase_if(given, [](const CLI::ConfigItem& item) {
      return item.parents.empty() && InEnvironment(item.name);
    });
    return given;
  }
};

}  // namespace

std::string EnvironmentVariable(const std::string& flag) {
  return absl::StrCat("FOVEA_", absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}})));
}

CLI::Option* AddConfigFile(CLI::App* app, const std::string& default_path,
                           const std::string& help) {
  app->config_formatter(std::make_shared<BelowEnvironment>());
  app->allow_config_extras(CLI::config_extras_mode::error);
  // CLI11 2.1 reads the file before it looks at envname().
  const bool named = InEnvironment("config");
  const std::string path = named ? std::getenv("FOVEA_CONFIG") : default_path;
  return app->set_config("--config", path, absl::StrCat(help, " (Env:FOVEA_CONFIG)"), named)
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace fovea
