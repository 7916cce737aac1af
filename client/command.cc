#include "client/command.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace fovea::client {

CLI::App* AddGroup(CLI::App* parent, const std::string& name, const std::string& description) {
  CLI::App* group = parent->add_subcommand(name, description);
  group->require_subcommand(1);
  group->footer(absl::StrCat("`fovea ", name, " COMMAND --help` explains one with examples."));
  return group;
}

CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     const std::string& examples, Session* session,
                     std::function<CommandResult()> run) {
  CLI::App* command = parent->add_subcommand(name, description);
  command->require_subcommand(0);
  std::string footer = "Examples:";
  for (const absl::string_view line : absl::StrSplit(examples, '\n')) {
    absl::StrAppend(&footer, "\n  ", line);
  }
  command->footer(footer);
  command->callback([session, run = std::move(run)] { session->command = run; });
  return command;
}

bool ParseSeconds(const std::string& text, absl::Duration* duration) {
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    *duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, duration)) {
    return false;
  }
  return *duration > absl::ZeroDuration() && *duration < absl::InfiniteDuration();
}

CLI::Validator DurationValidator() {
  return CLI::Validator(
      [](std::string& text) {
        absl::Duration duration;
        return ParseSeconds(text, &duration)
                   ? std::string()
                   : absl::StrCat("'", text, "' is not a duration such as 30s or 2m");
      },
      "DURATION");
}

CLI::Validator NotNegative() {
  return CLI::Validator(
      [](std::string& text) {
        return absl::StartsWith(text, "-") ? absl::StrCat("is ", text, ", must be 0 or more")
                                           : std::string();
      },
      "");
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    parts.emplace_back(absl::StripAsciiWhitespace(part));
  }
  return parts;
}

}  // namespace fovea::client
