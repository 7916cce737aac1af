// fovea dataset: sends, makes, lists and removes data sets.
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/push/push.h"
#include "client/report.h"
#include "client/short_names.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Datasets = v1::DatasetService::StubInterface;

// What push and create have in common.
struct SourceFlags {
  std::string source;
  std::string dataset_id;
  std::string layout = "auto";
  std::optional<double> test_share;
  std::optional<uint64_t> split_seed;
  std::string class_names;
  std::string reconnect_for = "10m";
  bool validate_only = false;
};

void AddSourceFlags(CLI::App* command, SourceFlags* flags) {
  command
      ->add_option("--id", flags->dataset_id,
                   "Id of the new data set (default: from the folder's name)")
      ->type_name("ID");
  command
      ->add_option("--layout", flags->layout,
                   "How photographs and grades lie in the folder (default: found out by looking)")
      ->type_name("")
      ->check(CLI::IsMember({"auto", "lab", "kaggle", "aptos", "folders"}));
  command
      ->add_option("--test-share", flags->test_share,
                   "Share of the patients for the test part, where none is given (default 0.2)")
      ->type_name("SHARE");
  command->add_option("--split-seed", flags->split_seed, "Seed of that split (default 0)")
      ->type_name("N")
      ->check(NotNegative());
  command->add_option("--class-names", flags->class_names, "Names of the classes 0, 1, ...")
      ->type_name("NAME,...");
}

// The id given, or else one from `folder`.
absl::StatusOr<std::string> DatasetId(const SourceFlags& flags, const std::string& folder) {
  const std::string id = flags.dataset_id.empty() ? IdFromPath(folder) : flags.dataset_id;
  if (id.empty()) return FieldError("--id", "is needed: the folder's name has no usable letters");
  FOVEA_RETURN_IF_ERROR(ValidateId("--id", id));
  return id;
}

std::vector<int64_t> Counts(const google::protobuf::RepeatedField<int64_t>& counts) {
  return {counts.begin(), counts.end()};
}

std::string RenderDataset(const v1::Dataset& dataset, const Style& style) {
  const std::vector<std::string> names(dataset.class_names().begin(), dataset.class_names().end());
  const std::string warning = SharedPatientsWarning(dataset.shared_patients());
  return absl::StrCat(
      RenderFields({{"name", dataset.name()},
                    {"created", FormatTime(dataset.create_time())},
                    {"test part", dataset.split()},
                    {"size", FormatBytes(static_cast<double>(dataset.bytes()))},
                    {"source", dataset.source_dir()},
                    {"fingerprint", dataset.fingerprint()}},
                   style),
      RenderCounts(names, Counts(dataset.train_class_counts()),
                   Counts(dataset.test_class_counts()), style),
      warning.empty() ? "" : absl::StrCat(style.Yellow(warning), "\n"));
}

ExitCode ShowDataset(const v1::Dataset& dataset, const Session& session) {
  WriteOut(session.options.json ? ToJsonText(dataset)
                                : RenderDataset(dataset, session.terminal.out));
  return ExitCode::kOk;
}

void AddPush(CLI::App* group, Session* session) {
  auto flags = std::make_shared<SourceFlags>();
  const auto run = [flags, session]() -> CommandResult {
    PushOptions options;
    options.dir = flags->source;
    std::error_code error;
    const auto path = std::filesystem::weakly_canonical(flags->source, error);
    FOVEA_ASSIGN_OR_RETURN(options.dataset_id, DatasetId(*flags, path.string()));
    options.layout.layout = flags->layout;
    options.layout.test_share = flags->test_share.value_or(options.layout.test_share);
    options.layout.split_seed = flags->split_seed.value_or(options.layout.split_seed);
    options.layout.class_names = SplitList(flags->class_names);
    ParseSeconds(flags->reconnect_for, &options.reconnect_for);
    return PushDataset(*session, options);
  };
  CLI::App* command = AddCommand(
      group, "push", "Send a folder of graded photographs; goes on where it was interrupted",
      "fovea dataset push ./eyepacs\n"
      "fovea dataset push ./photos --id eyes --layout folders --test-share 0.25 --split-seed 7",
      session, run);
  command->add_option("DIR", flags->source, "The folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  AddSourceFlags(command, flags.get());
  command
      ->add_option("--reconnect-for", flags->reconnect_for,
                   "How long to try again when the server has gone (default 10m)")
      ->type_name("")
      ->check(DurationValidator());
}

CommandResult CreateDataset(const SourceFlags& flags, const Session& session) {
  v1::CreateDatasetRequest request;
  FOVEA_ASSIGN_OR_RETURN(const std::string id, DatasetId(flags, flags.source));
  request.set_dataset_id(id);
  request.set_source_dir(flags.source);
  request.set_layout(flags.layout);
  if (flags.test_share.has_value()) request.set_test_share(*flags.test_share);
  if (flags.split_seed.has_value()) request.set_split_seed(*flags.split_seed);
  for (std::string& name : SplitList(flags.class_names)) {
    request.add_class_names(std::move(name));
  }
  request.set_validate_only(flags.validate_only);
  Connection connection(session.options);
  grpc::ClientContext context;
  connection.PrepareTransfer(&context);  // The server hashes every file before it answers.
  v1::Dataset dataset;
  FOVEA_RETURN_IF_ERROR(
      FromGrpcStatus(connection.datasets()->CreateDataset(&context, request, &dataset)));
  return ShowDataset(dataset, session);
}

void AddCreate(CLI::App* group, Session* session) {
  auto flags = std::make_shared<SourceFlags>();
  CLI::App* command = AddCommand(
      group, "create", "Make a data set of files under the server's dataset root",
      "fovea dataset create eyepacs\n"
      "fovea dataset create . --id everything --validate-only",
      session, [flags, session] { return CreateDataset(*flags, *session); });
  command
      ->add_option("SOURCE_DIR", flags->source,
                   "Folder relative to the server's dataset root, `.` for the root itself")
      ->required();
  AddSourceFlags(command, flags.get());
  command->add_flag("--validate-only", flags->validate_only,
                    "Only check, and show the data set that would be made");
}

void AddList(CLI::App* group, Session* session) {
  const auto run = [session]() -> CommandResult {
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListDatasetsResponse response,
        CallPages(connection, connection.datasets(), &Datasets::ListDatasets,
                  v1::ListDatasetsRequest(),
                  [](v1::ListDatasetsResponse* page) { return page->mutable_datasets(); }));
    if (session->options.json) {
      WriteOut(ToJsonText(response));
      return ExitCode::kOk;
    }
    Table table({"NAME", ">CLASSES", ">TRAIN", ">TEST", ">SIZE", "CREATED"});
    for (const v1::Dataset& dataset : response.datasets()) {
      int64_t train = 0;
      int64_t test = 0;
      for (const int64_t count : dataset.train_class_counts()) train += count;
      for (const int64_t count : dataset.test_class_counts()) test += count;
      table.AddRow({dataset.name(), absl::StrCat(dataset.class_names_size()), absl::StrCat(train),
                    absl::StrCat(test), FormatBytes(static_cast<double>(dataset.bytes())),
                    FormatTime(dataset.create_time())});
    }
    WriteOut(table.Render(session->terminal.out));
    return ExitCode::kOk;
  };
  AddCommand(group, "list", "List data sets", "fovea dataset list\nfovea dataset list -o json",
             session, run);
}

void AddGet(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    Connection connection(session->options);
    v1::GetDatasetRequest request;
    request.set_name(FullDatasetName(*name));
    FOVEA_ASSIGN_OR_RETURN(const v1::Dataset dataset, Call(connection, connection.datasets(),
                                                           &Datasets::GetDataset, request));
    return ShowDataset(dataset, *session);
  };
  CLI::App* command = AddCommand(group, "get", "Show a data set with its counts by class",
                                 "fovea dataset get eyes", session, run);
  command->add_option("NAME", *name, "The data set")->required();
}

void AddDelete(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session]() -> CommandResult {
    Connection connection(session->options);
    v1::DeleteDatasetRequest request;
    request.set_name(FullDatasetName(*name));
    FOVEA_RETURN_IF_ERROR(
        Call(connection, connection.datasets(), &Datasets::DeleteDataset, request).status());
    Note(absl::StrCat("deleted ", request.name()));
    return ExitCode::kOk;
  };
  CLI::App* command =
      AddCommand(group, "delete", "Remove a data set and the uploaded files that only it uses",
                 "fovea dataset delete eyes", session, run);
  command->add_option("NAME", *name, "The data set")->required();
}

}  // namespace

void AddDatasetCommands(CLI::App* app, Session* session) {
  CLI::App* group = AddGroup(app, "dataset", "Graded photographs to train with");
  AddPush(group, session);
  AddCreate(group, session);
  AddList(group, session);
  AddGet(group, session);
  AddDelete(group, session);
}

}  // namespace fovea::client
