// How a model version turns outputs into answers, and how far its confidence can be believed, as
// text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/display/terminal.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

// What is said wherever figures of a data set appear whose parts share patients.
inline constexpr char kPartsSharePatients[] =
    "some patients are in both parts, so figures of the test part flatter";

// A figure in a table, marked where parts share patients; and the line below the table that explains
// the mark, empty unless one is there.
std::string Flattering(const std::string& figure, bool parts_share_patients);
std::string FlatteringNote(bool any_parts_share_patients);

// For RenderFields: temperature, thresholds, cut points and views. A version without calibration
// says so.
std::vector<std::pair<std::string, std::string>> CalibrationFields(
    const v1::ModelVersion& version);

// Figures on both parts without and with the temperature, and the reliability of the test part (or
// the validation part, where there are none of the test part). Empty without calibration.
std::string RenderCalibration(const v1::ModelVersion& version, const Style& style);

}  // namespace fovea::client
