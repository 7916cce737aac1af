// What goes to the user besides data: errors with a hint, notes; and API objects as JSON.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/session.h"

namespace fovea::client {

// "error: ..." and, where one helps, "hint: ..." for the status of a failed command.
std::string ErrorText(const absl::Status& status, const std::string& server, const Style& style);

// Writes ErrorText to stderr and gives the exit code.
ExitCode ReportError(const absl::Status& status, const Session& session);

// The same for a wrong command line that the parser could not see; `command` is what to ask for
// help, for instance "fovea job create".
ExitCode ReportUsage(absl::string_view problem, absl::string_view command,
                     const Session& session);

// A line on stderr, for people.
void Note(absl::string_view text);

// Whether the connection could not be made at all, rather than an answer of the server.
bool IsUnreachable(const absl::Status& status);

// An API object by protobuf's own printer: field names as in the .proto files, fields that have
// their default value included. One line, or indented for people.
std::string ToJsonLine(const google::protobuf::Message& message);
std::string ToJsonText(const google::protobuf::Message& message);

}  // namespace fovea::client
