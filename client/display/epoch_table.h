// A row for every epoch of a job.
#pragma once

#include <string>

#include "client/display/terminal.h"
#include "fovea/v1/job.pb.h"

namespace fovea::client {

// Two lines: what the columns are, of rows with or without a validation part.
std::string EpochTableHeader(const Style& style, bool validation);

// One line of the table, at most 100 columns wide, with columns of a validation part where the
// epoch has one.
std::string EpochTableRow(const v1::EpochFinished& epoch, const Style& style);

// The same as a sentence, for output that is not a terminal.
std::string EpochLine(const v1::EpochFinished& epoch);

// "head", "full" or "-".
std::string PhaseName(v1::Phase phase);

}  // namespace fovea::client
