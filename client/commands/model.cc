// fovea model: lists, shows, aliases and removes models; import and export are in
// model_transfer.cc.
#include "client/commands/model.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/display/text.h"
#include "client/evaluation/calibration.h"
#include "client/model/precision.h"
#include "client/model/render.h"
#include "client/report.h"
#include "client/short_names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Models = v1::ModelService::StubInterface;

const char* ArchitectureName(v1::Architecture architecture) {
  return architecture == v1::ARCHITECTURE_RESNET50 ? "resnet50" : "resnet18";
}

std::string AliasText(const v1::Model& model) {
  std::vector<std::string> texts;
  for (const auto& [alias, version] : model.aliases()) {
    texts.push_back(absl::StrCat(alias, "=", version));
  }
  std::sort(texts.begin(), texts.end());
  return absl::StrJoin(texts, ", ");
}

std::string RenderModels(const v1::ListModelsResponse& response, const Style& style) {
  Table table({"NAME", ">VERSIONS", ">LATEST", "ALIASES"});
  for (const v1::Model& model : response.models()) {
    table.AddRow({model.name(), absl::StrCat(model.version_count()),
                  absl::StrCat(model.latest_version()), AliasText(model)});
  }
  return table.Render(style);
}

std::string RenderVersions(const v1::ListModelVersionsResponse& response, const Style& style) {
  Table table({"NAME", "NETWORK", ">CLASSES", ">ACCURACY", ">BASELINE", ">KAPPA", "FROM",
               "CREATED", "ALIASES"});
  bool share = false;
  for (const v1::ModelVersion& version : response.versions()) {
    share |= version.parts_share_patients();
    const v1::ModelMetrics& metrics = version.metrics();
    const bool measured = version.has_metrics();
    table.AddRow({version.name(), ArchitectureName(version.architecture()),
                  absl::StrCat(version.num_classes()),
                  measured ? Flattering(FormatFixed(metrics.test_accuracy(), 4),
                                        version.parts_share_patients())
                           : "-",
                  measured ? FormatFixed(metrics.majority_baseline(), 4) : "-",
                  measured ? FormatFixed(metrics.test_kappa(), 3) : "-",
                  version.provenance().job().empty() ? version.provenance().kind()
                                                     : version.provenance().job(),
                  FormatTime(version.create_time()), absl::StrJoin(version.aliases(), ", ")});
  }
  return absl::StrCat(table.Render(style), FlatteringNote(share));
}

// What is done beyond the reference preprocessing.
std::string PreprocessParts(const v1::PreprocessSpec& spec) {
  return absl::StrCat(spec.crop_to_fundus() ? ", cropped to the fundus" : "",
                      spec.subtract_local_average() ? ", less the local average" : "",
                      spec.scaled_decode() ? ", large JPEGs decoded smaller" : "");
}

CommandResult ListModels(const std::string& name, const Session& session) {
  Connection connection(session.options);
  if (name.empty()) {
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListModelsResponse response,
        CallPages(connection, connection.models(), &Models::ListModels, v1::ListModelsRequest(),
                  [](v1::ListModelsResponse* page) { return page->mutable_models(); }));
    WriteOut(session.options.json ? ToJsonText(response)
                                  : RenderModels(response, session.terminal.out));
    return ExitCode::kOk;
  }
  v1::ListModelVersionsRequest request;
  request.set_parent(FullModelName(name));
  FOVEA_ASSIGN_OR_RETURN(
      const v1::ListModelVersionsResponse response,
      CallPages(connection, connection.models(), &Models::ListModelVersions, request,
                [](v1::ListModelVersionsResponse* page) { return page->mutable_versions(); }));
  WriteOut(session.options.json ? ToJsonText(response)
                                : RenderVersions(response, session.terminal.out));
  return ExitCode::kOk;
}

void AddList(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(group, "list", "List models, or the versions of one",
                                 "fovea model list\nfovea model list dr-resnet18", session,
                                 [name, session] { return ListModels(*name, *session); });
  command->add_option("MODEL", *name, "List the versions of this model");
}

// A heading and the text below it; nothing without text.
void WriteSection(const std::string& heading, const std::string& text, const Session& session) {
  if (!text.empty()) WriteOut(absl::StrCat("\n", session.terminal.out.Bold(heading), "\n", text));
}

void AddGet(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    Connection connection(session->options);
    v1::GetModelVersionRequest request;
    request.set_name(FullModelName(*name));
    FOVEA_ASSIGN_OR_RETURN(const v1::ModelVersion version,
                           Call(connection, connection.models(), &Models::GetModelVersion,
                                request));
    const ExitCode shown = ShowVersion(version, *session);
    if (session->options.json) return shown;
    WriteSection("In use", RenderLive(version, session->terminal.out), *session);
    if (request.name().find('/') != request.name().rfind('/')) return shown;
    // A model as a whole was named.
    v1::GetModelRequest whole;
    whole.set_name(request.name());
    FOVEA_ASSIGN_OR_RETURN(const v1::Model model,
                           Call(connection, connection.models(), &Models::GetModel, whole));
    WriteSection("Changes of aliases", RenderAliasChanges(model, session->terminal.out), *session);
    return shown;
  };
  CLI::App* command =
      AddCommand(group, "get", "Show a version of a model, how it does in use, and what became of "
                               "its aliases",
                 "fovea model get dr-resnet18\n"
                 "fovea model get dr-resnet18/3\n"
                 "fovea model get dr-resnet18@production -o json",
                 session, run);
  command
      ->add_option("MODEL", *name,
                   "MODEL (its production version, or the newest), MODEL/VERSION or MODEL@ALIAS")
      ->required();
}

struct AliasFlags {
  std::string model;
  std::string alias;
  int32_t version = 0;
  bool remove = false;
  std::string evaluation;
  bool kappa_not_worse = false;
  std::optional<double> min_kappa;
  std::optional<double> max_calibration_error;
  std::optional<double> min_referable_sensitivity;
  bool force = false;
  std::string reason;
};

// What must hold of the version; unset without any condition.
void FillConditions(const AliasFlags& flags, v1::SetAliasRequest* request) {
  if (!flags.evaluation.empty()) {
    request->mutable_require()->set_evaluation(FullEvaluationName(flags.evaluation));
  }
  if (flags.kappa_not_worse) request->mutable_require()->set_kappa_not_worse(true);
  if (flags.min_kappa) request->mutable_require()->set_min_kappa(*flags.min_kappa);
  if (flags.max_calibration_error) {
    request->mutable_require()->set_max_calibration_error(*flags.max_calibration_error);
  }
  if (flags.min_referable_sensitivity) {
    request->mutable_require()->set_min_referable_sensitivity(*flags.min_referable_sensitivity);
  }
}

CommandResult SetAlias(const AliasFlags& flags, const Session& session) {
  if (flags.remove == (flags.version > 0)) {
    return ReportUsage("VERSION: give either a version above 0 or --remove", "fovea model alias",
                       session);
  }
  v1::SetAliasRequest request;
  request.set_model(FullModelName(flags.model));
  request.set_alias(flags.alias);
  request.set_version(flags.version);
  request.set_force(flags.force);
  request.set_reason(flags.reason);
  FillConditions(flags, &request);
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const v1::Model model,
                         Call(connection, connection.models(), &Models::SetAlias, request));
  if (session.options.json) {
    WriteOut(ToJsonText(model));
  } else {
    Note(flags.remove ? absl::StrCat(model.name(), " has no alias ", flags.alias)
                      : absl::StrCat(model.name(), ": ", flags.alias, " is version ",
                                     flags.version));
    if (model.alias_changes_size() > 0) {
      for (const std::string& line : model.alias_changes(0).checks()) Note("  " + Printable(line));
      if (model.alias_changes(0).forced()) Note("  forced, and recorded as such");
    }
  }
  return ExitCode::kOk;
}

void AddConditionOptions(CLI::App* command, AliasFlags* flags) {
  command->add_flag("--require-kappa-not-worse", flags->kappa_not_worse,
                    "Only if the version that the alias points at now is not better on the same "
                    "photographs, at 95 %");
  command->add_option("--min-kappa", flags->min_kappa, "Only if kappa is at least this, -1..1")
      ->type_name("KAPPA");
  command
      ->add_option("--max-calibration-error", flags->max_calibration_error,
                   "Only if the expected calibration error is at most this, 0..1")
      ->type_name("SHARE");
  command
      ->add_option("--min-referable-sensitivity", flags->min_referable_sensitivity,
                   "Only if this share of referable photographs is found, 0..1")
      ->type_name("SHARE");
  command
      ->add_option("--evaluation", flags->evaluation,
                   "The evaluation to look at (default: the newest of the version)")
      ->type_name("NAME");
  command->add_flag("--force", flags->force, "Do it even where a condition is not met; recorded");
  command->add_option("--reason", flags->reason, "Why, for the record; 500 characters at most")
      ->type_name("TEXT");
}

void AddAlias(CLI::App* group, Session* session) {
  auto flags = std::make_shared<AliasFlags>();
  CLI::App* command = AddCommand(group, "alias", "Point an alias at a version, or remove it",
                                 "fovea model alias dr-resnet18 production 3\n"
                                 "fovea model alias dr-resnet18 production 4 "
                                 "--require-kappa-not-worse --max-calibration-error 0.05\n"
                                 "fovea model alias dr-resnet18 candidate --remove",
                                 session,
                                 [flags, session] { return SetAlias(*flags, *session); });
  command->add_option("MODEL", flags->model, "The model")->required();
  command->add_option("ALIAS", flags->alias, "The alias, such as production")->required();
  command->add_option("VERSION", flags->version, "The version")->check(NotNegative());
  command->add_flag("--remove", flags->remove, "Remove the alias");
  AddConditionOptions(command, flags.get());
}

void AddDelete(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    Connection connection(session->options);
    v1::DeleteModelVersionRequest request;
    request.set_name(FullModelName(*name));
    FOVEA_RETURN_IF_ERROR(
        Call(connection, connection.models(), &Models::DeleteModelVersion, request).status());
    Note(absl::StrCat("deleted ", request.name()));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(group, "delete", "Remove a version that no alias points at",
                                 "fovea model delete dr-resnet18/2", session, run);
  command->add_option("MODEL/VERSION", *name, "The version")->required();
}

}  // namespace

ExitCode ShowVersion(const v1::ModelVersion& version, const Session& session) {
  if (session.options.json) {
    WriteOut(ToJsonText(version));
    return ExitCode::kOk;
  }
  const v1::ModelMetrics& metrics = version.metrics();
  const v1::Provenance& from = version.provenance();
  const std::string figures =
      version.has_metrics()
          ? absl::StrCat("accuracy ", FormatFixed(metrics.test_accuracy(), 4), " (baseline ",
                         FormatFixed(metrics.majority_baseline(), 4), "), kappa ",
                         FormatFixed(metrics.test_kappa(), 3), ", epoch ", metrics.epoch())
          : "";
  std::vector<std::pair<std::string, std::string>> fields =
      {{"name", version.name()},
       {"network", ArchitectureName(version.architecture())},
       {"classes", version.class_names().empty()
                       ? absl::StrCat(version.num_classes(), ", unnamed: serves as --init only")
                       : JoinClasses({version.class_names().begin(), version.class_names().end()})},
       {"on the test part", figures},
       {"warning", version.parts_share_patients() ? kPartsSharePatients : ""},
       {"aliases", absl::StrJoin(version.aliases(), ", ")},
       {"created", FormatTime(version.create_time())},
       {"from", from.kind()},
       {"job", from.job()},
       {"data set", from.dataset()},
       {"init", from.init()},
       {"weights", absl::StrCat(FormatBytes(static_cast<double>(version.weights_bytes())),
                                ", sha256 ", version.weights_sha256())},
       {"preprocessing", absl::StrCat(version.preprocess_fingerprint(),
                                      PreprocessParts(version.preprocess()))}};
  for (auto& field : CalibrationFields(version)) fields.push_back(std::move(field));
  for (auto& field : PrecisionFields(version)) fields.push_back(std::move(field));
  WriteOut(absl::StrCat(RenderFields(fields, session.terminal.out),
                        RenderCalibration(version, session.terminal.out),
                        RenderPrecisions(version, session.terminal.out)));
  return ExitCode::kOk;
}

void AddModelCommands(CLI::App* app, Session* session) {
  CLI::App* group = AddGroup(app, "model", "Trained and imported networks");
  AddList(group, session);
  AddGet(group, session);
  AddCard(group, session);
  AddImport(group, session);
  AddExport(group, session);
  AddAlias(group, session);
  AddDelete(group, session);
}

}  // namespace fovea::client
