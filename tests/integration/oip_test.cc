// The Open Inference Protocol against Triton's own client, which scripts/bootstrap.sh
// --with-clients installs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/integration/processes.h"
#include "tests/testing/model_version.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

using testing::HasSubstr;

constexpr char kPython[] = FOVEA_SOURCE_DIR "/.cache/clients/bin/python";
constexpr char kScript[] = FOVEA_SOURCE_DIR "/tests/integration/triton_client.py";

class OipTest : public testing::Test {
 protected:
  OipTest() : dir_(MakeTempDir("fovea-oip").value()) {}
  ~OipTest() override { RemoveAll(dir_).IgnoreError(); }

  // A data directory with one version of `dr`.
  std::string DataDir() const {
    const std::string data_dir = dir_ + "/data";
    const auto registry = Registry::Open(data_dir + "/models").value();
    EXPECT_TRUE(PublishTestVersion(*registry, {.seed = 1}).ok());
    return data_dir;
  }
  std::string Photograph() const {
    const std::string path = dir_ + "/photograph.jpg";
    const Image image = PaintPhantom({.patient = 7, .grade = 2, .width = 64, .height = 64});
    EXPECT_TRUE(WriteFileAtomic(path, EncodeJpeg(image)).ok());
    return path;
  }

  const std::string dir_;
};

TEST_F(OipTest, TritonsClientIsServed) {
  if (access(kPython, X_OK) != 0) {
    GTEST_SKIP() << "tritonclient is not installed; scripts/bootstrap.sh --with-clients does it";
  }
  const FoveadProcess fovead(DataDir(), {"--model-control", "on"});
  ASSERT_FALSE(fovead.address().empty()) << fovead.log();
  const ProgramResult result = RunProgram(kPython, {kScript, fovead.address(), Photograph()});
  EXPECT_EQ(result.exit_code, 0) << result.output << fovead.log();
  EXPECT_THAT(result.output, HasSubstr("all as it should be"));
  const std::string metrics = HttpGet(fovead.metrics_address(), "/metrics");
  EXPECT_THAT(metrics, HasSubstr("nv_inference_request_success{model=\"dr\",version=\"1\"}"));
  EXPECT_THAT(metrics, HasSubstr("nv_inference_count{model=\"dr-image\",version=\"1\"} 4"));
}

}  // namespace
}  // namespace fovea
