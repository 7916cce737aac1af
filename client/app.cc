#include "client/app.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/report.h"
#include "common/base/file.h"
#include "common/cli/config_file.h"

namespace fovea::client {
namespace {

std::string DefaultConfigPath() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config != '\0') return absl::StrCat(config, "/fovea/config.toml");
  const char* home = std::getenv("HOME");
  return absl::StrCat(home == nullptr ? "" : home, "/.config/fovea/config.toml");
}

// An option whose value is the name of a PEM file; `pem` gets its content, and TLS is on.
void AddPemOption(CLI::App* app, const std::string& flag, const std::string& variable,
                  const std::string& help, TlsOptions* tls, std::string TlsOptions::*pem) {
  app->add_option_function<std::string>(
         flag,
         [=](const std::string& path) {
           absl::StatusOr<std::string> content = ReadFile(path);
           if (!content.ok()) {
             throw CLI::ValidationError(flag, std::string(content.status().message()));
           }
           tls->enabled = true;
           tls->*pem = *std::move(content);
         },
         help)
      ->envname(variable)
      ->type_name("FILE");
}

void AddTlsOptions(CLI::App* app, TlsOptions* tls) {
  app->add_flag("--tls", tls->enabled,
                "Use TLS and the system's certificate authorities; the options below turn it on too")
      ->envname("FOVEA_TLS");
  AddPemOption(app, "--tls-ca", "FOVEA_TLS_CA", "Certificate authority of the server, PEM", tls,
               &TlsOptions::ca);
  AddPemOption(app, "--tls-cert", "FOVEA_TLS_CERT", "Certificate of the caller, PEM", tls,
               &TlsOptions::cert);
  AddPemOption(app, "--tls-key", "FOVEA_TLS_KEY", "Private key of the caller, PEM", tls,
               &TlsOptions::key);
  app->get_option("--tls-cert")->needs(app->get_option("--tls-key"));
  app->get_option("--tls-key")->needs(app->get_option("--tls-cert"));
}

void AddGlobalOptions(CLI::App* app, Session* session) {
  app->add_option("--server", session->options.server,
                  "Address of fovead: HOST:PORT or unix:PATH (default 127.0.0.1:8500)")
      ->envname("FOVEA_SERVER")
      ->type_name("ADDR");
  app->add_option_function<std::string>(
         "--timeout",
         [session](const std::string& text) {
           absl::Duration timeout;
           if (ParseSeconds(text, &timeout)) session->options.timeout = timeout;
         },
         "Time limit of a call, such as 30s or 2m (default: 30s for calls that answer once, none "
         "for transfers, classify and watch)")
      ->envname("FOVEA_TIMEOUT")
      ->type_name("")
      ->check(DurationValidator());
  app->add_option_function<std::string>(
         "-o,--output",
         [session](const std::string& format) { session->options.json = format == "json"; },
         "Form of the output (default table); watch and classify give JSON Lines")
      ->envname("FOVEA_OUTPUT")
      ->type_name("")
      ->check(CLI::IsMember({"table", "json"}));
  AddTlsOptions(app, &session->options.tls);
  AddConfigFile(app, DefaultConfigPath(),
                "Configuration file with server, timeout, output and tls; flags come before the "
                "environment, the environment before the file")
      ->default_str("~/.config/fovea/config.toml");
  app->set_version_flag("--version", "fovea " FOVEA_VERSION, "Print the version and end");
}

// The command that the words on the command line reached, for the advice under an error.
std::string ReachedCommand(const CLI::App* app) {
  std::string path = "fovea";
  for (const CLI::App* at = app; at != nullptr;) {
    const std::vector<CLI::App*> chosen = at->get_subcommands();
    at = chosen.empty() ? nullptr : chosen.back();
    if (at != nullptr) absl::StrAppend(&path, " ", at->get_name());
  }
  return path;
}

}  // namespace

std::unique_ptr<CLI::App> MakeApp(Session* session) {
  auto app = std::make_unique<CLI::App>(
      "Fine-tune ResNets on fundus photographs and grade diabetic retinopathy, with a fovead "
      "server.\nNot a medical device: for research use.",
      "fovea");
  app->get_formatter()->column_width(34);
  app->fallthrough();
  app->require_subcommand(1);
  AddGlobalOptions(app.get(), session);
  AddDatasetCommands(app.get(), session);
  AddJobCommands(app.get(), session);
  AddModelCommands(app.get(), session);
  AddEvaluationCommands(app.get(), session);
  AddExperimentCommands(app.get(), session);
  AddClassifyCommand(app.get(), session);
  AddFeedbackCommand(app.get(), session);
  AddServerCommands(app.get(), session);
  AddCompletionCommand(app.get(), session);
  app->footer(absl::StrCat(
      "Examples:\n"
      "  fovea dataset push ./photographs --id eyes\n"
      "  fovea job create --dataset eyes --arch resnet18 --watch\n"
      "  fovea classify photo.jpeg --model dr-resnet18\n\n"
      "Data goes to stdout, messages to stderr. NO_COLOR=1 turns colours off.\n\n",
      kExitCodeHelp));
  return app;
}

int RunFovea(int argc, char** argv) {
  Session session;
  session.terminal = DetectTerminal();
  const std::unique_ptr<CLI::App> app = MakeApp(&session);
  try {
    app->parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version.
    return app->exit(success, std::cout, std::cerr);
  } catch (const CLI::Error& error) {
    return static_cast<int>(ReportUsage(error.what(), ReachedCommand(app.get()), session));
  }
  const CommandResult result = session.command();
  if (!result.ok()) return static_cast<int>(ReportError(result.status(), session));
  return static_cast<int>(*result);
}

}  // namespace fovea::client
