// The whole command line: `fovea noun verb`.
#pragma once

#include <memory>

#include "client/session.h"

namespace CLI {
class App;
}

namespace fovea::client {

// The tree of commands. Parsing fills `session`, which must outlive it.
std::unique_ptr<CLI::App> MakeApp(Session* session);

// Parses and runs; gives the exit code of the process.
int RunFovea(int argc, char** argv);

}  // namespace fovea::client
