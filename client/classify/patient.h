// Grades the photographs of both eyes of one patient.
#pragma once

#include <string>

#include "client/classify/render.h"
#include "client/connection.h"
#include "client/display/terminal.h"

namespace fovea::client {

struct PatientOptions {
  std::string model;        // Resource name; empty: the server's default.
  std::string left, right;  // Files, or "-" for stdin; empty: there is none. At least one, and not
                            // both "-".
  bool grade_anyway = false;
  bool explain = false;  // Also ask for heat maps.
  std::string request_id;  // Empty: the server makes one.
};

// Reads the files and asks. Files travel without their names.
absl::StatusOr<v1::ClassifyPatientResponse> ClassifyPatient(Connection* connection,
                                                            const PatientOptions& options);

struct PatientHeatMaps {
  HeatMapFile left = "", right = "";
};

// A row for each eye, with its request id if wanted, then what holds for the patient.
std::string RenderPatient(const v1::ClassifyPatientResponse& answer, const PatientHeatMaps& files,
                          const Style& style, bool ids = false);

// The answer on one line, each eye's heat map as AnswerJsonLine has it.
std::string PatientJsonLine(const v1::ClassifyPatientResponse& answer,
                            const PatientHeatMaps& files);

// Whether a photograph could not be read.
inline bool HasError(const v1::ClassifyPatientResponse& answer) {
  return answer.has_left_error() || answer.has_right_error();
}

}  // namespace fovea::client
