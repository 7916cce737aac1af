// Grades the photographs of both eyes of one patient.
#pragma once

#include <string>

#include "client/connection.h"
#include "client/display/terminal.h"

namespace fovea::client {

struct PatientOptions {
  std::string model;        // Resource name; empty: the server's default.
  std::string left, right;  // Files, or "-" for stdin; empty: there is none. At least one, and not
                            // both "-".
  bool grade_anyway = false;
};

// Reads the files and asks. Files travel without their names.
absl::StatusOr<v1::ClassifyPatientResponse> ClassifyPatient(Connection* connection,
                                                            const PatientOptions& options);

// A row for each eye, then what holds for the patient.
std::string RenderPatient(const v1::ClassifyPatientResponse& answer, const Style& style);

// Whether a photograph could not be read.
inline bool HasError(const v1::ClassifyPatientResponse& answer) {
  return answer.has_left_error() || answer.has_right_error();
}

}  // namespace fovea::client
