#include "client/report.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/display/text.h"

namespace fovea::client {
namespace {

// What the transport says, without its wrappers: the part after the last ": ".
absl::string_view LastPart(absl::string_view message) {
  const size_t colon = message.rfind(": ");
  return colon == absl::string_view::npos ? message : message.substr(colon + 2);
}

std::string MessageOf(const absl::Status& status, const std::string& server) {
  const absl::string_view message = status.message();
  if (IsUnreachable(status)) {
    return absl::StrCat("cannot reach a server at ", server, " (", LastPart(message), ")");
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded &&
      absl::StrContains(message, "Deadline Exceeded")) {
    return absl::StrCat("no answer from ", server, " in time");
  }
  if (status.code() == absl::StatusCode::kUnimplemented && message.empty()) {
    return "the server does not know this call";
  }
  return message.empty() ? absl::StatusCodeToString(status.code()) : std::string(message);
}

std::string ListCommandFor(absl::string_view message) {
  for (const char* noun : {"dataset", "job", "model"}) {
    if (absl::StrContains(message, noun)) return absl::StrCat("fovea ", noun, " list");
  }
  return "";
}

std::string HintOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return IsUnreachable(status)
                 ? "start fovead, or name the server with --server HOST:PORT or FOVEA_SERVER"
                 : "the server is there but not ready; try again";
    case absl::StatusCode::kDeadlineExceeded:
      return "give more time with --timeout, for instance --timeout 2m";
    case absl::StatusCode::kNotFound: {
      const std::string list = ListCommandFor(status.message());
      return list.empty() ? "" : absl::StrCat("`", list, "` shows what there is");
    }
    case absl::StatusCode::kResourceExhausted:
      return "the server is busy; try again, or send fewer at once";
    case absl::StatusCode::kUnimplemented:
      return "compare `fovea --version` with `fovea server status`";
    default:
      return "";
  }
}

std::string ToJson(const google::protobuf::Message& message, bool whitespace) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = whitespace;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails only for messages of unknown types, which the API does not have.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  if (json.empty() || json.back() != '\n') json.push_back('\n');
  return json;
}

}  // namespace

bool IsUnreachable(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnavailable) return false;
  const absl::string_view message = status.message();
  return absl::StrContains(message, "failed to connect to all addresses") ||
         absl::StrContains(message, "DNS resolution failed") ||
         absl::StrContains(message, "name resolution") || absl::StrContains(message, "endpoint");
}

std::string ErrorText(const absl::Status& status, const std::string& server, const Style& style) {
  std::string text = absl::StrCat(style.Red("error:"), " ",
                                  Printable(MessageOf(status, server), true), "\n");
  const std::string hint = HintOf(status);
  if (!hint.empty()) absl::StrAppend(&text, style.Dim(absl::StrCat("hint: ", hint)), "\n");
  return text;
}

ExitCode ReportError(const absl::Status& status, const Session& session) {
  WriteErr(ErrorText(status, session.options.server, session.terminal.err));
  return ExitCodeOf(status);
}

ExitCode ReportUsage(absl::string_view problem, absl::string_view command,
                     const Session& session) {
  const Style& style = session.terminal.err;
  WriteErr(absl::StrCat(style.Red("error:"), " ", Printable(problem, true), "\n",
                        style.Dim(absl::StrCat("hint: `", command, " --help` shows the usage")),
                        "\n"));
  return ExitCode::kUsage;
}

void Note(absl::string_view text) { WriteErr(absl::StrCat(text, "\n")); }

std::string ToJsonLine(const google::protobuf::Message& message) { return ToJson(message, false); }
std::string ToJsonText(const google::protobuf::Message& message) { return ToJson(message, true); }

}  // namespace fovea::client
