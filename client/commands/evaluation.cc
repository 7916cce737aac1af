// fovea evaluation: how good a model version is on a data set, and which of two is better.
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/evaluation/render.h"
#include "client/model/precision.h"
#include "client/report.h"
#include "client/short_names.h"
#include "client/watch/watch.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Evaluations = v1::EvaluationService::StubInterface;

struct RunFlags {
  std::string model;
  std::string dataset;
  std::string part = "test";
  std::optional<int32_t> resamples;
  std::optional<uint64_t> seed;
  std::optional<double> referable_threshold;
  std::optional<double> vision_threatening_threshold;
  std::optional<int32_t> threads;
  std::string precision = "auto";
  bool watch = false;
};

v1::EvaluationSpec BuildSpec(const RunFlags& flags) {
  v1::EvaluationSpec spec;
  spec.set_model(FullModelName(flags.model));
  spec.set_dataset(FullDatasetName(flags.dataset));
  spec.set_part(flags.part == "train" ? v1::PART_TRAIN : v1::PART_TEST);
  if (flags.resamples) spec.set_resamples(*flags.resamples);
  if (flags.seed) spec.set_seed(*flags.seed);
  if (flags.referable_threshold) spec.set_referable_threshold(*flags.referable_threshold);
  if (flags.vision_threatening_threshold) {
    spec.set_vision_threatening_threshold(*flags.vision_threatening_threshold);
  }
  if (flags.threads) spec.set_threads(*flags.threads);
  spec.set_precision(PrecisionNamed(flags.precision));
  return spec;
}

absl::StatusOr<v1::Evaluation> Get(Connection* connection, const std::string& name) {
  v1::GetEvaluationRequest request;
  request.set_name(FullEvaluationName(name));
  return Call(*connection, connection->evaluations(), &Evaluations::GetEvaluation, request);
}

CommandResult Show(const v1::Evaluation& evaluation, const Session& session) {
  WriteOut(session.options.json ? ToJsonText(evaluation)
                                : RenderEvaluation(evaluation, session.terminal.out));
  return ExitCode::kOk;
}

CommandResult Run(const RunFlags& flags, const Session& session) {
  v1::EvaluateRequest request;
  *request.mutable_spec() = BuildSpec(flags);
  request.set_request_id(MakeSecret());
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const v1::Job job, Call(connection, connection.evaluations(),
                                                 &Evaluations::Evaluate, request));
  if (flags.watch) {
    Note(absl::StrCat("created ", job.name()));
    FOVEA_ASSIGN_OR_RETURN(const ExitCode code,
                           WatchJob(session, &connection, {.name = job.name()}));
    if (code != ExitCode::kOk || session.options.json) return code;
    FOVEA_ASSIGN_OR_RETURN(const v1::Evaluation evaluation,
                           Get(&connection, job.name().substr(job.name().find('/') + 1)));
    WriteOut("\n");
    return Show(evaluation, session);
  }
  WriteOut(session.options.json ? ToJsonText(job) : absl::StrCat(job.name(), "\n"));
  Note(absl::StrCat("watch it: fovea job watch ", job.name()));
  return ExitCode::kOk;
}

void AddRun(CLI::App* group, Session* session) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = AddCommand(
      group, "run", "Grade a part of a data set with a model version, as a job",
      "fovea evaluation run dr-resnet18 --dataset eyes --watch\n"
      "fovea evaluation run dr-resnet18/3 --dataset other-clinic --referable-threshold 0.35",
      session, [flags, session] { return Run(*flags, *session); });
  command->add_option("MODEL", flags->model, "MODEL, MODEL/VERSION or MODEL@ALIAS")->required();
  command->add_option("--dataset", flags->dataset, "The data set")->required()->type_name("NAME");
  command->add_option("--part", flags->part, "Part to grade (default test)")
      ->type_name("")
      ->check(CLI::IsMember({"test", "train"}));
  command
      ->add_option("--referable-threshold", flags->referable_threshold,
                   "Score from which on a photograph counts as referable (default: that of the version)")
      ->type_name("SHARE");
  command
      ->add_option("--vision-threatening-threshold", flags->vision_threatening_threshold,
                   "The same for vision-threatening (default: that of the version)")
      ->type_name("SHARE");
  command->add_option("--resamples", flags->resamples, "Of the bootstrap (default 2000)")
      ->type_name("N");
  command->add_option("--seed", flags->seed, "Of the bootstrap (default 0)")
      ->type_name("N")
      ->check(NotNegative());
  command
      ->add_option("--precision", flags->precision,
                   "Numbers to compute in (default auto: as the version serves)")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}));
  command->add_option("--threads", flags->threads, "Default: the cores of the server")
      ->type_name("N");
  command->add_flag("--watch", flags->watch, "Watch the job to its end, then show the figures");
}

void AddList(CLI::App* group, Session* session) {
  auto model = std::make_shared<std::string>();
  const auto run = [model, session]() -> CommandResult {
    v1::ListEvaluationsRequest request;
    if (!model->empty()) request.set_model(FullModelName(*model));
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListEvaluationsResponse response,
        CallPages(connection, connection.evaluations(), &Evaluations::ListEvaluations, request,
                  [](v1::ListEvaluationsResponse* page) { return page->mutable_evaluations(); }));
    WriteOut(session->options.json ? ToJsonText(response)
                                   : RenderEvaluations(response, session->terminal.out));
    return ExitCode::kOk;
  };
  CLI::App* command =
      AddCommand(group, "list", "List evaluations",
                 "fovea evaluation list\nfovea evaluation list dr-resnet18/3", session, run);
  command->add_option("MODEL/VERSION", *model, "Only those of this version");
}

void AddGet(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(const v1::Evaluation evaluation, Get(&connection, *name));
    return Show(evaluation, *session);
  };
  CLI::App* command =
      AddCommand(group, "get", "Show all figures of an evaluation",
                 "fovea evaluation get j-20261124-8f3k2m9q", session, run);
  command->add_option("NAME", *name, "The evaluation: the name of its job")->required();
}

void AddCompare(CLI::App* group, Session* session) {
  auto request = std::make_shared<v1::CompareEvaluationsRequest>();
  auto names = std::make_shared<std::pair<std::string, std::string>>();
  const auto run = [request, names, session]() -> CommandResult {
    request->set_first(FullEvaluationName(names->first));
    request->set_second(FullEvaluationName(names->second));
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(const v1::EvaluationComparison comparison,
                           Call(connection, connection.evaluations(),
                                &Evaluations::CompareEvaluations, *request));
    WriteOut(session->options.json ? ToJsonText(comparison)
                                   : RenderComparison(comparison, session->terminal.out));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(
      group, "compare",
      "Say which of two versions is better on the same photographs, and how surely",
      "fovea evaluation compare j-20261124-8f3k2m9q j-20261124-5tq0c3hx", session, run);
  command->add_option("FIRST", names->first, "An evaluation")->required();
  command->add_option("SECOND", names->second, "Another one of the same photographs")->required();
}

void AddPredictions(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    v1::ListPredictionsRequest request;
    request.set_parent(FullEvaluationName(*name));
    request.set_page_size(1000);
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListPredictionsResponse response,
        CallPages(connection, connection.evaluations(), &Evaluations::ListPredictions, request,
                  [](v1::ListPredictionsResponse* page) { return page->mutable_predictions(); }));
    WriteOut(session->options.json ? ToJsonText(response) : ToCsv(ToGraded(response)));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(
      group, "predictions", "Print every photograph's label and probabilities as CSV",
      "fovea evaluation predictions j-20261124-8f3k2m9q > predictions.csv", session, run);
  command->add_option("NAME", *name, "The evaluation")->required();
}

void AddDelete(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    v1::DeleteEvaluationRequest request;
    request.set_name(FullEvaluationName(*name));
    Connection connection(session->options);
    FOVEA_RETURN_IF_ERROR(Call(connection, connection.evaluations(),
                               &Evaluations::DeleteEvaluation, request)
                              .status());
    Note(absl::StrCat("deleted ", request.name()));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(group, "delete", "Remove an evaluation",
                                 "fovea evaluation delete j-20261124-8f3k2m9q", session, run);
  command->add_option("NAME", *name, "The evaluation")->required();
}

}  // namespace

void AddEvaluationCommands(CLI::App* app, Session* session) {
  CLI::App* group = AddGroup(app, "evaluation", "How good model versions are");
  AddRun(group, session);
  AddList(group, session);
  AddGet(group, session);
  AddCompare(group, session);
  AddPredictions(group, session);
  AddDelete(group, session);
}

}  // namespace fovea::client
