#include "client/classify/patient.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/classify/inputs.h"
#include "client/classify/render.h"
#include "client/display/text.h"
#include "client/report.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

ClassifyOutcome Outcome(bool answered, const v1::ClassifyResponse& response,
                        const v1::ClassifyError& error) {
  ClassifyOutcome outcome;
  if (answered) {
    *outcome.mutable_response() = response;
  } else {
    *outcome.mutable_error() = error;
  }
  return outcome;
}

std::string Summary(const v1::ClassifyPatientResponse& answer, const Style& style) {
  if (answer.grade() < 0) {
    return absl::StrCat(style.Yellow("patient: no grade"), "; take other photographs\n");
  }
  std::string text = absl::StrCat("patient: grade ", answer.grade(), ", ",
                                  Printable(answer.grade_name()));
  if (answer.referable()) absl::StrAppend(&text, ", ", style.Yellow("referable"));
  if (answer.vision_threatening()) {
    absl::StrAppend(&text, ", ", style.Yellow("vision-threatening"));
  }
  absl::StrAppend(&text, answer.complete()
                             ? " (the worse of both eyes)\n"
                             : " (of one eye only: the other one may be worse)\n");
  return text;
}

}  // namespace

absl::StatusOr<v1::ClassifyPatientResponse> ClassifyPatient(Connection* connection,
                                                            const PatientOptions& options) {
  v1::ClassifyPatientRequest request;
  request.set_model(options.model);
  request.set_explain(options.explain);
  request.set_grade_anyway(options.grade_anyway);
  request.set_request_id(options.request_id);
  if (!options.left.empty()) {
    FOVEA_ASSIGN_OR_RETURN(*request.mutable_left_image(), ReadInput(options.left));
  }
  if (!options.right.empty()) {
    FOVEA_ASSIGN_OR_RETURN(*request.mutable_right_image(), ReadInput(options.right));
  }
  return Call(*connection, connection->classification(),
              &v1::ClassificationService::StubInterface::ClassifyPatient, request);
}

std::string RenderPatient(const v1::ClassifyPatientResponse& answer, const PatientHeatMaps& files,
                          const Style& style, bool ids) {
  const AnswerTable table({"right"}, style, "EYE", ids);
  std::string text = table.Header();
  if (answer.has_left() || answer.has_left_error()) {
    text += table.Row("left", Outcome(answer.has_left(), answer.left(), answer.left_error()),
                      files.left);
  }
  if (answer.has_right() || answer.has_right_error()) {
    text += table.Row("right", Outcome(answer.has_right(), answer.right(), answer.right_error()),
                      files.right);
  }
  return text + Summary(answer, style);
}

std::string PatientJsonLine(const v1::ClassifyPatientResponse& answer,
                            const PatientHeatMaps& files) {
  nlohmann::ordered_json line = nlohmann::ordered_json::parse(ToJsonLine(answer));
  if (answer.has_left()) PutHeatMap(files.left, line["left"]);
  if (answer.has_right()) PutHeatMap(files.right, line["right"]);
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fovea::client
