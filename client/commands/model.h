// What the files of `fovea model` share.
#pragma once

#include <CLI/CLI.hpp>

#include "client/session.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

// Writes a version as fields or JSON.
ExitCode ShowVersion(const v1::ModelVersion& version, const Session& session);

void AddImport(CLI::App* group, Session* session);
void AddExport(CLI::App* group, Session* session);
void AddCard(CLI::App* group, Session* session);

}  // namespace fovea::client
