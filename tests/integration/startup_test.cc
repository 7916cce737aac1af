// What fovead says when it cannot start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "tests/integration/processes.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class StartupTest : public testing::Test {
 protected:
  StartupTest() : dir_(MakeTempDir("fovea-startup").value()) {}
  ~StartupTest() override { RemoveAll(dir_).IgnoreError(); }

  static ProgramResult Run(const std::vector<std::string>& arguments) {
    return RunProgram("fovead", arguments);
  }

  const std::string dir_;
};

TEST_F(StartupTest, SecondServerOnADataDirectoryIsRefused) {
  FoveadProcess first(dir_ + "/data");
  const ProgramResult second =
      Run({"--data-dir", dir_ + "/data", "--listen", "127.0.0.1:0", "--metrics-listen", ""});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr("in use by another fovead"));
}

TEST_F(StartupTest, TakenPortsAreRefused) {
  FoveadProcess first(dir_ + "/data");
  ProgramResult second = Run({"--data-dir", dir_ + "/other", "--listen", first.address(),
                              "--metrics-listen", ""});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr("listen: cannot listen on " + first.address()));
  second = Run({"--data-dir", dir_ + "/other", "--listen", "127.0.0.1:0", "--metrics-listen",
                first.metrics_address()});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr("metrics-listen: cannot listen on"));
}

TEST_F(StartupTest, UnusableDataDirectoryIsRefused) {
  const ProgramResult result = Run({"--data-dir", "/proc/fovea", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("data-dir: cannot be used"));
}

TEST_F(StartupTest, WrongFlagsAreUsageErrors) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--no-such-flag"},
                                             {"--max-queue", "0"},
                                             {"--max-queue", "many"},
                                             {"--log-level", "loud"},
                                             {"--device", "abacus"},
                                             {"--quality-gate", "maybe"},
                                             {"--model-control", "maybe"},
                                             {"--quality-min-sharpness", "1.5"},
                                             {"--quality-min-brightness", "nan"},
                                             {"--quality-min-short-side", "0"},
                                             {"--tls-cert", "only-one-half.pem"},
                                             {"--default-model", "dr"},
                                             {"--config", "/no/such/file.toml"}}) {
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments[0] << "\n" << result.output;
    EXPECT_FALSE(result.output.empty());
  }
}

TEST_F(StartupTest, FlagsWinOverEnvironmentOverFile) {
  const std::string file = dir_ + "/fovead.toml";
  ASSERT_TRUE(WriteFileAtomic(file, "log-level = \"from-file\"\n").ok());
  EXPECT_THAT(Run({"--config", file}).output, HasSubstr("log-level: must be"));
  setenv("FOVEA_LOG_LEVEL", "info", 1);
  setenv("FOVEA_MAX_QUEUE", "0", 1);
  const ProgramResult by_environment = Run({"--config", file});
  EXPECT_THAT(by_environment.output, HasSubstr("max-queue: is 0"));
  const ProgramResult by_flag = Run({"--config", file, "--max-queue", "7", "--data-dir",
                                     "/proc/fovea"});
  unsetenv("FOVEA_LOG_LEVEL");
  unsetenv("FOVEA_MAX_QUEUE");
  EXPECT_THAT(by_flag.output, HasSubstr("data-dir: cannot be used"));
}

TEST_F(StartupTest, HelpAndVersion) {
  EXPECT_EQ(Run({"--help"}).exit_code, 0);
  EXPECT_THAT(Run({"--help"}).output, HasSubstr("Examples:"));
  EXPECT_THAT(Run({"--version"}).output, HasSubstr("fovead "));
}

TEST_F(StartupTest, ListeningBeyondThisMachineWithoutTlsIsSaidLoudly) {
  FoveadProcess open(dir_ + "/data", {"--listen", "0.0.0.0:0"});
  EXPECT_THAT(open.log(), HasSubstr("ANYBODY WHO REACHES THIS ADDRESS"));
}

TEST_F(StartupTest, TlsKeepsOutWhoHasNoCertificate) {
  const std::string cert = dir_ + "/cert.pem", key = dir_ + "/key.pem";
  const ProgramResult made = RunProgram(
      "/usr/bin/openssl", {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                           "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                           key, "-out", cert});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  FoveadProcess server(dir_ + "/data",
                       {"--tls-cert", cert, "--tls-key", key, "--tls-client-ca", cert});
  const auto status = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--server", server.address(), "--timeout", "5s", "server", "status"});
    return RunProgram("fovea", flags).exit_code;
  };
  EXPECT_EQ(status({"--tls-ca", cert, "--tls-cert", cert, "--tls-key", key}), 0);
  EXPECT_EQ(status({"--tls-ca", cert}), 3);
  EXPECT_EQ(status({}), 3);
  EXPECT_EQ(status({"--tls-ca", dir_ + "/none.pem"}), 2);
}

TEST_F(StartupTest, LogsAsJson) {
  FoveadProcess server(dir_ + "/data", {"--log-format", "json"});
  EXPECT_THAT(server.log(), HasSubstr("{\"time\":\""));
  EXPECT_THAT(server.log(), HasSubstr("\"message\":\"ready\""));
}

TEST_F(StartupTest, DataDirectoryWithAVeryLongNameWorks) {
  FoveadProcess server(dir_ + "/" + std::string(150, 'x'));
  EXPECT_FALSE(server.address().empty()) << server.log();
}

TEST_F(StartupTest, DamagedStoreIsRefusedWithAdvice) {
  ASSERT_TRUE(MakeDirs(dir_ + "/data").ok());
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/data/fovea.db", std::string(8192, 'x')).ok());
  const ProgramResult result =
      Run({"--data-dir", dir_ + "/data", "--listen", "127.0.0.1:0", "--metrics-listen", ""});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("fovea.db"));
}

}  // namespace
}  // namespace fovea
