// Weights to and from Python's PyTorch. See tests/parity/model_parity.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/torch/torch.h"
#include "server/model/export.h"
#include "server/model/import.h"
#include "server/model/inference_model.h"
#include "server/model/resnet.h"
#include "server/model/safetensors_torch.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

constexpr char kPython[] = FOVEA_SOURCE_DIR "/.venv/bin/python";
constexpr char kDriver[] = FOVEA_SOURCE_DIR "/tests/parity/model_parity.py";
constexpr char kConvert[] = FOVEA_SOURCE_DIR "/scripts/convert_weights.py";
constexpr int64_t kSide = 64;

struct Outcome {
  int code = -1;
  std::string output;  // Both streams.
};

Outcome Python(const std::string& arguments) {
  const std::string command =
      absl::StrCat("OMP_NUM_THREADS=1 ", kPython, " ", arguments, " 2>&1");
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) outcome.output += buffer.data();
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

class ParityTest : public testing::TestWithParam<Architecture> {
 protected:
  void SetUp() override { dir_ = *MakeTempDir("model-parity"); }
  void TearDown() override { ASSERT_TRUE(RemoveAll(dir_).ok()); }

  std::string Path(const std::string& name) const { return JoinPath(dir_, name); }
  std::string Name() const { return std::string(ArchitectureName(GetParam())); }

  std::string EmptyDir(const std::string& name) const {
    EXPECT_TRUE(MakeDirs(Path(name)).ok());
    return Path(name);
  }

  void Export(const std::string& version_dir) {
    std::string file;
    size_t largest = 0;
    const absl::Status status = ExportVersion(version_dir, [&](absl::string_view piece) {
      file.append(piece.data(), piece.size());
      largest = std::max(largest, piece.size());
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_LE(largest, size_t{1} << 20);
    ASSERT_TRUE(WriteFileAtomic(Path("exported.safetensors"), file).ok());
  }

  std::string dir_;
};

Manifest SmallManifest() {
  Manifest manifest;
  manifest.preprocess.crop_size = kSide;
  manifest.provenance.kind = "trained";
  manifest.provenance.job = "jobs/j-1";
  manifest.metrics.emplace();
  manifest.metrics->epoch = 2;
  return manifest;
}

TEST_P(ParityTest, PythonLoadsAnExportAndGetsTheSameLogits) {
  ResNet model(GetParam(), 5);
  InitWeights(model, 21);
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(6);
  model->train();
  model->forward(torch::randn({4, 3, kSide, kSide}, generator));
  model->eval();
  const absl::StatusOr<Manifest> written =
      WriteVersion(model, SmallManifest(), EmptyDir("version"));
  ASSERT_TRUE(written.ok()) << written.status();
  Export(Path("version"));

  const torch::Tensor x = torch::randn({2, 3, kSide, kSide}, generator);
  const auto loaded = InferenceModel::Load(Path("version"), "cpu", PrecisionChoice::kFloat32);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto logits =
      (*loaded)->Logits(x.permute({0, 2, 3, 1}).contiguous().const_data_ptr<float>(), 2);
  ASSERT_TRUE(logits.ok()) << logits.status();
  const torch::Tensor shaped = torch::tensor(*logits).view({2, 5});
  ASSERT_TRUE(WriteFileAtomic(Path("io.safetensors"),
                              *WriteTensorsToString({{"x", x}, {"logits", shaped}}, {})).ok());
  const Outcome outcome = Python(absl::StrCat(kDriver, " check ", dir_, " ", Name()));
  EXPECT_EQ(outcome.code, 0) << outcome.output;

  // Importing the export gives the version back, to the byte of its weights.
  const absl::StatusOr<Manifest> back =
      ImportWeights(Path("exported.safetensors"), {}, EmptyDir("back"));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->weights_sha256, written->weights_sha256);
  EXPECT_EQ(back->provenance.job, "jobs/j-1");
  EXPECT_EQ(back->preprocess, written->preprocess);
  ASSERT_TRUE(back->metrics.has_value());
  EXPECT_EQ(back->metrics->epoch, 2);
}

TEST_P(ParityTest, InitialWeightsAreDistributedAsPythons) {
  ResNet model(GetParam(), 5);
  InitWeights(model, 4);
  ASSERT_TRUE(WriteVersion(model, SmallManifest(), EmptyDir("version")).ok());
  Export(Path("version"));
  const Outcome outcome = Python(absl::StrCat(kDriver, " init ", dir_, " ", Name()));
  EXPECT_EQ(outcome.code, 0) << outcome.output;
}

TEST_P(ParityTest, PythonsFilesConvertAndImportWithTheSameLogits) {
  const Outcome made = Python(absl::StrCat(kDriver, " make ", dir_, " ", Name(), " 7"));
  ASSERT_EQ(made.code, 0) << made.output;
  const std::string io_file = *ReadFile(Path("io.safetensors"));
  const NamedTensors io = *ReadTensors(*SafetensorsView::Parse(io_file));
  const torch::Tensor x = io.at("x").permute({0, 2, 3, 1}).contiguous();
  PreprocessSpec spec;
  spec.crop_size = kSide;
  std::string first_hash;
  // Each start of Python costs seconds; the forms do not depend on the network.
  std::vector<std::string> forms = {"plain", "wrapped"};
  if (GetParam() == Architecture::kResNet18) {
    forms = {"plain", "legacy", "wrapped", "keyed", "no_counters"};
  }
  for (const std::string& name : forms) {
    const std::string out = Path(name + ".safetensors");
    const Outcome converted =
        Python(absl::StrCat(kConvert, " ", Path(name + ".pth"), " ", out,
                            name == "keyed" ? " --key net" : ""));
    ASSERT_EQ(converted.code, 0) << name << ": " << converted.output;
    EXPECT_THAT(converted.output, HasSubstr("classes: 7")) << name;

    const absl::StatusOr<Manifest> manifest =
        ImportWeights(out, {.class_names = {}, .preprocess = spec}, EmptyDir(name));
    ASSERT_TRUE(manifest.ok()) << name << ": " << manifest.status();
    EXPECT_EQ(manifest->num_classes, 7);
    EXPECT_EQ(manifest->architecture, GetParam());
    EXPECT_EQ(manifest->provenance.kind, "imported");
    // All but the one without counters are the same version.
    if (first_hash.empty()) first_hash = manifest->weights_sha256;
    EXPECT_EQ(manifest->weights_sha256 == first_hash, name != "no_counters") << name;

    const auto loaded = InferenceModel::Load(Path(name), "cpu", PrecisionChoice::kFloat32);
    ASSERT_TRUE(loaded.ok()) << name << ": " << loaded.status();
    const auto logits = (*loaded)->Logits(x.const_data_ptr<float>(), 2);
    ASSERT_TRUE(logits.ok()) << logits.status();
    const torch::Tensor difference = torch::tensor(*logits).view({2, 7}) - io.at("logits");
    EXPECT_LE(difference.abs().max().item<float>(), 1e-5) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ParityTest,
                         testing::Values(Architecture::kResNet18, Architecture::kResNet50),
                         [](const auto& test) {
                           return std::string(ArchitectureName(test.param));
                         });

using ConvertTest = ParityTest;

TEST_P(ConvertTest, RefusesWhatIsNotAStateDict) {
  ASSERT_EQ(Python(absl::StrCat(kDriver, " make ", dir_, " resnet18 2")).code, 0);
  const auto convert = [&](const std::string& name, const std::string& more = "") {
    return Python(absl::StrCat(kConvert, " ", Path(name), " ", Path("out.safetensors"), more));
  };
  const struct {
    const char* name;
    const char* more;
    const char* message;
  } kCases[] = {{"whole_model.pth", "", "save model.state_dict()"},
                {"list.pth", "", "holds a list, not a state dict"},
                {"no_state.pth", "", "found no state dict"},
                {"keyed.pth", "", "say where it is with --key. The file has: net"},
                {"keyed.pth", " --key model", "--key model: not in the file; it has: net"},
                {"garbage.pth", "", "damaged"},
                {"missing.pth", "", "No such file"}};
  for (const auto& test : kCases) {
    const Outcome outcome = convert(test.name, test.more);
    EXPECT_EQ(outcome.code, 1) << test.name << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(test.message)) << test.name;
    EXPECT_THAT(outcome.output, testing::Not(HasSubstr("Traceback"))) << test.name;
    EXPECT_FALSE(ReadFile(Path("out.safetensors")).ok()) << test.name;
  }
  EXPECT_EQ(convert("plain.pth").code, 0);
  EXPECT_THAT(convert("plain.pth").output, HasSubstr("exists; --force replaces it"));
  EXPECT_EQ(convert("plain.pth", " --force").code, 0);
  EXPECT_THAT(Python(absl::StrCat(kConvert, " --help")).output, HasSubstr("weights_only=True"));
}

INSTANTIATE_TEST_SUITE_P(All, ConvertTest, testing::Values(Architecture::kResNet18));

}  // namespace
}  // namespace fovea
