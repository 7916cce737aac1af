#include "common/evaluation/graded_photographs.h"

#include <span>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/dataset/csv.h"

namespace fovea {
namespace {

constexpr char kName[] = "predictions";
constexpr char kTimeColumn[] = "inference_ms";
constexpr size_t kFirstProbability = 4;  // After path, patient, label and predicted.

// Adds one line; false when it is not of the right form.
bool AddRow(const CsvRow& row, bool timed, GradedPhotographs* graded) {
  const size_t classes = static_cast<size_t>(graded->predictions.num_classes);
  if (row.fields.size() != kFirstProbability + classes + (timed ? 1 : 0)) return false;
  graded->paths.push_back(row.fields[0]);
  graded->predictions.patients.push_back(row.fields[1]);
  int label = 0;
  if (!absl::SimpleAtoi(row.fields[2], &label)) return false;
  graded->predictions.labels.push_back(label);
  int predicted = 0;
  if (!absl::SimpleAtoi(row.fields[3], &predicted)) return false;
  graded->predictions.predicted.push_back(predicted);
  for (size_t i = 0; i < classes; ++i) {
    double probability = 0;
    if (!absl::SimpleAtod(row.fields[kFirstProbability + i], &probability)) return false;
    graded->predictions.probabilities.push_back(probability);
  }
  if (timed) {
    double milliseconds = 0;
    if (!absl::SimpleAtod(row.fields.back(), &milliseconds)) return false;
    graded->inference_ms.push_back(milliseconds);
  }
  return true;
}

}  // namespace

std::string ToCsv(const GradedPhotographs& graded) {
  const Predictions& predictions = graded.predictions;
  std::string csv = "path,patient,label,predicted";
  for (int i = 0; i < predictions.num_classes; ++i) absl::StrAppend(&csv, ",probability_", i);
  const bool timed = !graded.inference_ms.empty();
  absl::StrAppend(&csv, timed ? "," : "", timed ? kTimeColumn : "", "\n");
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::span<const double> row = predictions.Row(i);
    absl::StrAppend(&csv, CsvQuoted(graded.paths[i]), ",", CsvQuoted(predictions.patients[i]), ",",
                    predictions.labels[i], ",", predictions.Answer(i));
    for (const double probability : row) absl::StrAppendFormat(&csv, ",%.17g", probability);
    if (timed) absl::StrAppendFormat(&csv, ",%.17g", graded.inference_ms[i]);
    csv += "\n";
  }
  return csv;
}

absl::StatusOr<GradedPhotographs> GradedFromCsv(absl::string_view csv, int num_classes) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(kName, csv));
  GradedPhotographs graded;
  graded.predictions.num_classes = num_classes;
  const bool timed = !rows.empty() && rows[0].fields.back() == kTimeColumn;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (AddRow(rows[i], timed, &graded)) continue;
    return FieldError(kName, absl::StrCat("line ", rows[i].line, " is not a prediction"));
  }
  FOVEA_RETURN_IF_ERROR(Annotate(ValidatePredictions(graded.predictions), kName));
  return graded;
}

}  // namespace fovea
