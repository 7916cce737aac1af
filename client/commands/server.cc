// fovea server: what the server is and does.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/report.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

std::string RenderStatus(const v1::ServerStatus& status, const std::string& address,
                         const Style& style) {
  return RenderFields(
      {{"server", address},
       {"version", status.version()},
       {"started", FormatTime(status.start_time())},
       {"devices", absl::StrJoin(status.devices(), ", ")},
       {"cores", absl::StrCat(status.cores())},
       {"jobs", absl::StrCat(status.running_jobs(), " running, ", status.queued_jobs(), " queued")},
       {"default model",
        status.default_model().empty() ? "none" : status.default_model()},
       {"loaded", status.loaded_versions().empty() ? "none"
                                                   : absl::StrJoin(status.loaded_versions(), ", ")},
       {"classify queue", absl::StrCat(status.classify_queue_depth(), " of ",
                                       status.classify_queue_limit())},
       {"dataset root", status.dataset_root() ? "configured" : "none (dataset push only)"},
       {"metrics", status.metrics_address().empty()
                       ? "not served"
                       : absl::StrCat("http://", status.metrics_address(), "/metrics")}},
      style);
}

CommandResult ShowStatus(const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(
      const v1::ServerStatus status,
      Call(connection, connection.server(), &v1::ServerService::StubInterface::GetServerStatus,
           v1::GetServerStatusRequest()));
  WriteOut(session.options.json
               ? ToJsonText(status)
               : RenderStatus(status, session.options.server, session.terminal.out));
  return ExitCode::kOk;
}

}  // namespace

void AddServerCommands(CLI::App* app, Session* session) {
  CLI::App* server = AddGroup(app, "server", "The server itself");
  AddCommand(server, "status", "Show what the server is and does",
             "fovea server status\n"
             "fovea --server eyes.example:8500 server status -o json",
             session, [session] { return ShowStatus(*session); });
}

}  // namespace fovea::client
