// fovea feedback: tells the server the true grades of earlier answers.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/display/progress.h"
#include "client/display/text.h"
#include "client/feedback/feedback_csv.h"
#include "client/report.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

struct FeedbackFlags {
  std::string request_id;
  std::optional<int> grade;
  std::string grader;
  std::string csv;
};

absl::StatusOr<v1::SubmitFeedbackResponse> Submit(const Connection& connection,
                                                  v1::ClassificationService::StubInterface* stub,
                                                  const std::string& request_id, int grade,
                                                  const std::string& grader) {
  v1::SubmitFeedbackRequest request;
  request.set_request_id(request_id);
  request.set_true_grade(grade);
  request.set_grader(grader);
  return Call(connection, stub, &v1::ClassificationService::StubInterface::SubmitFeedback, request);
}

CommandResult SubmitOne(const FeedbackFlags& flags, const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const v1::SubmitFeedbackResponse response,
                         Submit(connection, connection.classification(), flags.request_id,
                                *flags.grade, flags.grader));
  if (session.options.json) {
    WriteOut(ToJsonText(response));
  } else {
    Note(absl::StrCat("recorded: true grade ", response.true_grade(), ", answered ",
                      response.answered_grade(), " by ", response.model_version()));
  }
  return ExitCode::kOk;
}

// What came of a file.
struct FeedbackTally {
  int64_t recorded = 0;
  int64_t right = 0;
  int64_t refused = 0;
};

// Of this row alone: the others can still be sent.
bool IsOfRow(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsInvalidArgument(status) ||
         absl::IsFailedPrecondition(status);
}

std::string RowJsonLine(const FeedbackRow& row,
                        const absl::StatusOr<v1::SubmitFeedbackResponse>& response) {
  nlohmann::ordered_json line;
  line["request_id"] = row.request_id;
  if (response.ok()) {
    line.update(nlohmann::ordered_json::parse(ToJsonLine(*response)));
  } else {
    line["error"] = std::string(response.status().message());
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

ExitCode Summarise(const FeedbackTally& tally, const Session& session) {
  std::string text = absl::StrCat(tally.recorded, " recorded");
  if (tally.recorded > 0) {
    const double share = static_cast<double>(tally.right) / static_cast<double>(tally.recorded);
    absl::StrAppend(&text, ", ", tally.right, " of them answered right (",
                    FormatFixed(100 * share, 1), " %)");
  }
  if (tally.refused > 0) absl::StrAppend(&text, "; ", tally.refused, " refused");
  // JSON Lines have only rows.
  session.options.json ? Note(text) : WriteOut(text + "\n");
  return tally.refused == 0 ? ExitCode::kOk : ExitCode::kPartlyFailed;
}

CommandResult SubmitFile(const FeedbackFlags& flags, const Session& session) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<FeedbackRow> rows, ReadFeedbackCsv(flags.csv));
  Connection connection(session.options);
  FeedbackTally tally;
  ProgressMeter meter(session.terminal, "feedback", "answers");
  for (const FeedbackRow& row : rows) {
    const absl::StatusOr<v1::SubmitFeedbackResponse> response =
        Submit(connection, connection.classification(), row.request_id, row.grade, flags.grader);
    if (response.ok()) {
      ++tally.recorded;
      tally.right += response->answered_grade() == response->true_grade() ? 1 : 0;
    } else if (IsOfRow(response.status())) {
      ++tally.refused;
      meter.Hide();
      Note(absl::StrCat(Printable(flags.csv), " line ", row.line, ": ",
                        Printable(response.status().message())));
    } else {
      meter.Hide();
      Note(absl::StrCat(tally.recorded, " of ", rows.size(),
                        " were recorded before the error; sending the file again does no harm"));
      return response.status();
    }
    if (session.options.json) WriteOut(RowJsonLine(row, response));
    meter.Update(static_cast<double>(tally.recorded + tally.refused),
                 static_cast<double>(rows.size()));
  }
  meter.Hide();
  return Summarise(tally, session);
}

CommandResult RunFeedback(const FeedbackFlags& flags, const Session& session) {
  if (!flags.csv.empty()) return SubmitFile(flags, session);
  if (!flags.request_id.empty() && flags.grade.has_value()) return SubmitOne(flags, session);
  return ReportUsage("REQUEST_ID and GRADE are required, or --csv", "fovea feedback", session);
}

}  // namespace

void AddFeedbackCommand(CLI::App* app, Session* session) {
  auto flags = std::make_shared<FeedbackFlags>();
  CLI::App* command = AddCommand(
      app, "feedback", "Record the true grades of earlier answers",
      "fovea feedback 4f0c62d1a94be3907d5581e2c6aa0b17 2 --grader \"reading centre\"\n"
      "fovea feedback --csv grades.csv",
      session, [flags, session] { return RunFeedback(*flags, *session); });
  CLI::Option* id = command->add_option("REQUEST_ID", flags->request_id,
                                        "That of the answer; `fovea classify --ids` shows it");
  CLI::Option* grade = command->add_option("GRADE", flags->grade, "The true class, from 0");
  command->add_option("--grader", flags->grader, "Who graded, 128 characters at most")
      ->type_name("NAME");
  command
      ->add_option("--csv", flags->csv,
                   "Many at once: lines `request_id,grade`; sending a file again does no harm")
      ->type_name("CSV")
      ->check(CLI::ExistingFile)
      ->excludes(id)
      ->excludes(grade);
}

}  // namespace fovea::client
