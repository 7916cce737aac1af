// fovea completion: prints completion scripts for shells.
#include "client/completion.h"

#include <memory>

#include "client/command.h"
#include "client/display/terminal.h"

namespace fovea::client {

void AddCompletionCommand(CLI::App* app, Session* session) {
  auto shell = std::make_shared<std::string>();
  const auto run = [app, shell]() -> CommandResult {
    const std::vector<CompletionNode> tree = CompletionTree(*app);
    WriteOut(*shell == "zsh"    ? ZshCompletion(tree)
             : *shell == "fish" ? FishCompletion(tree)
                                : BashCompletion(tree));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(app, "completion", "Print a completion script for a shell",
                                 "source <(fovea completion bash)\n"
                                 "fovea completion zsh > ~/.zfunc/_fovea\n"
                                 "fovea completion fish > ~/.config/fish/completions/fovea.fish",
                                 session, run);
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace fovea::client
