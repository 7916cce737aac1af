// fovea classify: grades photographs.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/classify/classifier.h"
#include "client/classify/heat_maps.h"
#include "client/classify/inputs.h"
#include "client/classify/labels.h"
#include "client/classify/patient.h"
#include "client/classify/render.h"
#include "client/classify/score.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/report.h"
#include "client/short_names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

struct ClassifyFlags {
  std::vector<std::string> inputs;
  std::string model;
  int in_flight = 8;
  std::string labels;
  std::string labels_img;
  std::string labels_label;
  bool only_labelled = false;
  bool grade_anyway = false;
  std::string request_id;
  bool ids = false;
  std::string left, right;
  std::string explain;
};

absl::StatusOr<std::optional<HeatMapFolder>> OpenHeatMaps(const ClassifyFlags& flags) {
  if (flags.explain.empty()) return std::optional<HeatMapFolder>();
  FOVEA_ASSIGN_OR_RETURN(HeatMapFolder folder, HeatMapFolder::Open(flags.explain, flags.inputs));
  return std::optional<HeatMapFolder>(std::move(folder));
}

absl::StatusOr<std::optional<Labels>> ReadLabels(const ClassifyFlags& flags) {
  if (!flags.labels.empty()) {
    FOVEA_ASSIGN_OR_RETURN(Labels labels, Labels::FromCsv(flags.labels));
    return std::optional<Labels>(std::move(labels));
  }
  if (flags.labels_img.empty()) return std::optional<Labels>();
  FOVEA_ASSIGN_OR_RETURN(Labels labels, Labels::FromLabCsvs(flags.labels_img, flags.labels_label));
  return std::optional<Labels>(std::move(labels));
}

// What came of a run.
struct Tally {
  int64_t done = 0;
  int64_t unwritten = 0;  // Heat maps.
  Unscored unscored;
  Score score;
};

void Count(const ClassifyOutcome& outcome, const std::optional<int>& truth, Tally& tally) {
  ++tally.done;
  tally.unscored.failed += outcome.has_response() ? 0 : 1;
  tally.unscored.ungradable += outcome.response().ungradable() ? 1 : 0;
  tally.unscored.unlabelled += truth.has_value() ? 0 : 1;
  const bool graded = outcome.has_response() && !outcome.response().ungradable();
  if (truth && graded) tally.score.Add(*truth, outcome.response().grade());
}

ExitCode Conclude(const Tally& tally, bool labelled, const Session& session) {
  if (labelled) {
    WriteOut(session.options.json
                 ? ScoreJsonLine(tally.score, tally.unscored)
                 : absl::StrCat("\n", RenderScore(tally.score, session.terminal.out)));
  }
  if (tally.unscored.ungradable > 0) {
    Note(absl::StrCat(tally.unscored.ungradable, " of ",
                      Plural(tally.done, "photograph", "photographs"),
                      " ungradable: without a grade; --grade-anyway gives one"));
  }
  if (tally.unwritten > 0) {
    Note(absl::StrCat(Plural(tally.unwritten, "heat map", "heat maps"), " could not be written"));
  }
  if (tally.unscored.failed == 0) {
    return tally.unwritten == 0 ? ExitCode::kOk : ExitCode::kPartlyFailed;
  }
  Note(absl::StrCat(tally.unscored.failed, " of ", Plural(tally.done, "photograph", "photographs"),
                    " could not be classified"));
  return ExitCode::kPartlyFailed;
}

CommandResult Classify(const ClassifyFlags& flags, const Session& session) {
  FOVEA_ASSIGN_OR_RETURN(std::vector<std::string> inputs, ExpandInputs(flags.inputs));
  FOVEA_ASSIGN_OR_RETURN(const std::optional<Labels> labels, ReadLabels(flags));
  if (labels.has_value() && flags.only_labelled) {
    std::erase_if(inputs, [&](const std::string& input) { return !labels->Of(input); });
    if (inputs.empty()) return absl::InvalidArgumentError("none of the photographs has a label");
  }
  FOVEA_ASSIGN_OR_RETURN(std::optional<HeatMapFolder> heat_maps, OpenHeatMaps(flags));
  ClassifyOptions options;
  options.in_flight = flags.in_flight;
  options.explain = heat_maps.has_value();
  options.grade_anyway = flags.grade_anyway;
  options.request_id = flags.request_id;
  if (!flags.model.empty()) options.model = FullModelName(flags.model);
  const AnswerTable table(inputs, session.terminal.out, "FILE", flags.ids);
  Tally tally;
  Connection connection(session.options);
  const auto done = [&](size_t index, ClassifyOutcome& outcome) {
    const std::string& input = inputs[index];
    const HeatMapFile heat_map = heat_maps && outcome.has_response()
                                     ? heat_maps->Take(input, outcome.mutable_response())
                                     : HeatMapFile("");
    tally.unwritten += heat_map.ok() ? 0 : 1;
    if (tally.done == 0 && !session.options.json) WriteOut(table.Header());
    Count(outcome, labels.has_value() ? labels->Of(input) : std::nullopt, tally);
    WriteOut(session.options.json ? AnswerJsonLine(input, outcome, heat_map)
                                  : table.Row(input, outcome, heat_map));
  };
  const absl::Status status = ClassifyAll(&connection, options, inputs, done);
  if (!status.ok() && tally.done > 0) {
    Note(absl::StrCat(tally.done, " of ", inputs.size(), " were answered before the error"));
  }
  FOVEA_RETURN_IF_ERROR(status);
  return Conclude(tally, labels.has_value(), session);
}

CommandResult ClassifyBothEyes(const ClassifyFlags& flags, const Session& session) {
  if (flags.left == "-" && flags.right == "-") {
    return absl::InvalidArgumentError("only one of --left and --right can be - (stdin)");
  }
  PatientOptions options;
  FOVEA_ASSIGN_OR_RETURN(std::optional<HeatMapFolder> heat_maps, OpenHeatMaps(flags));
  options.explain = heat_maps.has_value();
  options.left = flags.left;
  options.right = flags.right;
  options.grade_anyway = flags.grade_anyway;
  options.request_id = flags.request_id;
  if (!flags.model.empty()) options.model = FullModelName(flags.model);
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(v1::ClassifyPatientResponse answer,
                         ClassifyPatient(&connection, options));
  PatientHeatMaps files;
  if (heat_maps && answer.has_left()) {
    files.left = heat_maps->Take(flags.left, answer.mutable_left());
  }
  if (heat_maps && answer.has_right()) {
    files.right = heat_maps->Take(flags.right, answer.mutable_right());
  }
  WriteOut(session.options.json ? PatientJsonLine(answer, files)
                                : RenderPatient(answer, files, session.terminal.out, flags.ids));
  const bool complete = !HasError(answer) && files.left.ok() && files.right.ok();
  return complete ? ExitCode::kOk : ExitCode::kPartlyFailed;
}

// Photographs, or the eyes of a patient.
CommandResult Run(const ClassifyFlags& flags, const Session& session) {
  if (!flags.left.empty() || !flags.right.empty()) return ClassifyBothEyes(flags, session);
  if (!flags.inputs.empty()) return Classify(flags, session);
  return ReportUsage("FILE is required: name photographs or folders, or --left and --right",
                     "fovea classify", session);
}

void AddPatientOptions(CLI::App* command, ClassifyFlags* flags) {
  for (auto* option :
       {command->add_option("--left", flags->left,
                            "The left eye of a patient, as the patient has it; - is stdin"),
        command->add_option("--right", flags->right, "The right eye; one of both will do")}) {
    option->type_name("FILE");
    for (const char* other : {"FILE", "--labels", "--labels-img"}) {
      option->excludes(command->get_option(other));
    }
  }
}

}  // namespace

void AddClassifyCommand(CLI::App* app, Session* session) {
  auto flags = std::make_shared<ClassifyFlags>();
  CLI::App* command = AddCommand(
      app, "classify",
      "Grade photographs: files, folders, or - for stdin. VTDR: vision-threatening, grade 3 or more",
      "fovea classify photo.jpeg\n"
      "fovea classify ./clinic --model dr-resnet18@candidate -o json\n"
      "cat photo.png | fovea classify -\n"
      "fovea classify images --labels-img test_img.csv --labels-label test_label.csv "
      "--only-labelled\n"
      "fovea classify --left 10_left.jpeg --right 10_right.jpeg\n"
      "fovea classify ./clinic --explain ./heat-maps",
      session, [flags, session] { return Run(*flags, *session); });
  command->add_option("FILE", flags->inputs, "JPEG or PNG files, folders, or - for stdin");
  command
      ->add_option("--model", flags->model,
                   "MODEL, MODEL/VERSION or MODEL@ALIAS (default: the server's)")
      ->type_name("MODEL");
  command
      ->add_option("--in-flight,--concurrency", flags->in_flight,
                   "Photographs sent and not yet answered, at most (default 8)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  CLI::Option* single =
      command
          ->add_option("--labels", flags->labels,
                       "True grades as lines `name,grade`: prints accuracy and confusion counts")
          ->type_name("CSV")
          ->check(CLI::ExistingFile);
  CLI::Option* names =
      command->add_option("--labels-img", flags->labels_img, "Names of photographs, one a line")
          ->type_name("CSV")
          ->check(CLI::ExistingFile)
          ->excludes(single);
  CLI::Option* grades = command
                            ->add_option("--labels-label", flags->labels_label,
                                         "Their grades, one a line")
                            ->type_name("CSV")
                            ->check(CLI::ExistingFile)
                            ->needs(names);
  names->needs(grades);
  command->add_flag("--only-labelled", flags->only_labelled,
                    "Leave out photographs without a label");
  command->add_flag("--grade-anyway", flags->grade_anyway,
                    "Grade photographs that are ungradable, too; what is wrong is still said");
  command
      ->add_option("--explain", flags->explain,
                   "Also write a PNG for each photograph into DIR that shows, as a heat map, where "
                   "the network found its grade")
      ->type_name("DIR");
  command
      ->add_option("--request-id", flags->request_id,
                   "Id of the answer, of several with -1, -2, ... behind it; say nothing of the "
                   "patient (default: one that cannot be guessed)")
      ->type_name("ID");
  command->add_flag("--ids", flags->ids, "Show the request ids, for fovea feedback");
  AddPatientOptions(command, flags.get());
}

}  // namespace fovea::client
