#include "server/app/grpc_log.h"

#include <grpc/support/log.h>

#include "common/base/log.h"

namespace fovea {

void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* entry) {
    Log(LogLevel::kDebug, "grpc",
        {{"severity", gpr_log_severity_string(entry->severity)}, {"text", entry->message}});
  });
}

}  // namespace fovea
