// Helpers to declare commands: every one has a description, examples and a function to run.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/session.h"

namespace fovea::client {

// A noun ("job") that needs a verb.
CLI::App* AddGroup(CLI::App* parent, const std::string& name, const std::string& description);

// A verb. `examples` are command lines, one a line, shown by --help. `run` is called after
// parsing, with the session filled.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     const std::string& examples, Session* session,
                     std::function<CommandResult()> run);

// "30", "30s", "2m", "1h30m": seconds or a duration with units; must be above 0.
bool ParseSeconds(const std::string& text, absl::Duration* duration);

// For options that take such a text.
CLI::Validator DurationValidator();

// Refuses what begins with a minus.
CLI::Validator NotNegative();

// The words of a list "a, b,c", without the spaces around them.
std::vector<std::string> SplitList(const std::string& text);

// -o DIR of the commands that write a report.
void AddReportFolder(CLI::App* command, std::string* dir);

// The groups of commands, one a file in client/commands.
void AddDatasetCommands(CLI::App* app, Session* session);
void AddJobCommands(CLI::App* app, Session* session);
void AddModelCommands(CLI::App* app, Session* session);
void AddEvaluationCommands(CLI::App* app, Session* session);
void AddExperimentCommands(CLI::App* app, Session* session);
void AddClassifyCommand(CLI::App* app, Session* session);
void AddFeedbackCommand(CLI::App* app, Session* session);
void AddServerCommands(CLI::App* app, Session* session);
void AddCompletionCommand(CLI::App* app, Session* session);

}  // namespace fovea::client
