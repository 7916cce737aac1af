// fovea model card.
#include "client/report/model_card.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/commands/model.h"
#include "client/connection.h"
#include "client/short_names.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

CommandResult WriteCard(const std::string& name, const std::string& file, const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const ModelCardData data,
                         FetchModelCard(&connection, FullModelName(name)));
  const bool html = absl::EndsWith(file, ".html") || absl::EndsWith(file, ".htm");
  const Document card = MakeModelCard(data);
  const std::string text = html ? ToHtml(card) : ToMarkdown(card);
  if (file == "-") {
    WriteOut(text);
    return ExitCode::kOk;
  }
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(file, text));
  WriteOut(absl::StrCat(file, "\n"));
  return ExitCode::kOk;
}

}  // namespace

void AddCard(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>("-");
  CLI::App* command =
      AddCommand(group, "card", "Write what a version is for, made of and good for, and its limits",
                 "fovea model card dr-resnet18/3\n"
                 "fovea model card dr-resnet18@production -o card.html",
                 session, [name, file, session] { return WriteCard(*name, *file, *session); });
  command
      ->add_option("MODEL", *name,
                   "MODEL (its production version, or the newest), MODEL/VERSION or MODEL@ALIAS")
      ->required();
  command
      ->add_option("-o,--file", *file,
                   "Where to write it: Markdown, or HTML for a name that ends in .html (default -: "
                   "stdout)")
      ->type_name("FILE");
}

}  // namespace fovea::client
