#include "server/model/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/torch/torch.h"
#include "server/model/export.h"
#include "server/model/resnet.h"
#include "server/model/state_dict.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ImportTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = *MakeTempDir("import");
    model_ = ResNet(Architecture::kResNet18, 3);
    InitWeights(model_, 1);
    for (const auto& [name, tensor] : StateDict(*model_)) tensors_[name] = tensor.detach();
  }
  void TearDown() override { ASSERT_TRUE(RemoveAll(dir_).ok()); }

  absl::StatusOr<Manifest> Import(const NamedTensors& tensors, const ImportOptions& options = {},
                                  const Metadata& metadata = {}) {
    const std::string path = JoinPath(dir_, "in.safetensors");
    std::ofstream(path, std::ios::binary) << *WriteTensorsToString(tensors, metadata);
    staging_ = JoinPath(dir_, absl::StrCat("staging-", ++count_));
    EXPECT_TRUE(MakeDirs(staging_).ok());
    return ImportWeights(path, options, staging_);
  }

  std::string Error(const NamedTensors& tensors, const ImportOptions& options = {},
                    const Metadata& metadata = {}) {
    const absl::Status status = Import(tensors, options, metadata).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }

  std::string dir_, staging_;
  int count_ = 0;
  ResNet model_{nullptr};
  NamedTensors tensors_;
};

TEST_F(ImportTest, TakesNamesAndPreprocessing) {
  PreprocessSpec spec;
  spec.crop_size = 200;
  const auto manifest = Import(tensors_, {.class_names = {"a", "b", "c"}, .preprocess = spec});
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_THAT(manifest->class_names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(manifest->preprocess, spec);
  EXPECT_EQ(manifest->preprocess_fingerprint, PreprocessFingerprint(spec));
  EXPECT_EQ(ManifestToJson(*ReadManifest(staging_)), ManifestToJson(*manifest));
  ResNet back(Architecture::kResNet18, 3);
  ASSERT_TRUE(LoadVersionWeights(*back, *manifest, staging_).ok());
  for (const auto& [name, tensor] : StateDict(*back)) {
    EXPECT_TRUE(torch::equal(tensor, tensors_.at(name))) << name;
  }
}

TEST_F(ImportTest, HalfPrecisionBecomesFloat) {
  NamedTensors half;
  for (const auto& [name, tensor] : tensors_) {
    half[name] = tensor.is_floating_point() ? tensor.to(torch::kHalf) : tensor;
  }
  const auto manifest = Import(half);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  ResNet back(Architecture::kResNet18, 3);
  ASSERT_TRUE(LoadVersionWeights(*back, *manifest, staging_).ok());
  EXPECT_TRUE(torch::equal(back->fc->weight, half.at("fc.weight").to(torch::kFloat)));
}

TEST_F(ImportTest, WrapperPrefixesGo) {
  NamedTensors wrapped;
  for (const auto& [name, tensor] : tensors_) {
    wrapped[(name.starts_with("fc.") ? "module." : "module.backbone.") + name] = tensor;
  }
  EXPECT_TRUE(Import(wrapped).ok());
  wrapped["fc.bias"] = tensors_.at("fc.bias");
  EXPECT_THAT(Error(wrapped), HasSubstr("\"fc.bias\" is there twice"));
}

TEST_F(ImportTest, SaysWhatDoesNotFit) {
  NamedTensors t = tensors_;
  t.erase("layer2.1.bn2.running_var");
  EXPECT_THAT(Error(t), HasSubstr("missing are layer2.1.bn2.running_var"));
  t = tensors_;
  t["head.weight"] = torch::zeros({1});
  EXPECT_THAT(Error(t), HasSubstr("unexpected are head.weight"));
  t = tensors_;
  t["conv1.weight"] = torch::zeros({64, 1, 7, 7});
  EXPECT_THAT(Error(t), HasSubstr("conv1.weight has the shape [64, 1, 7, 7], this network needs "
                                  "[64, 3, 7, 7]"));
  t = tensors_;
  t["bn1.num_batches_tracked"] = torch::zeros({}, torch::kFloat);
  EXPECT_THAT(Error(t), HasSubstr("bn1.num_batches_tracked has the type Float"));
  t = tensors_;
  t["fc.weight"] = torch::full({3, 512}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(Error(t), HasSubstr("fc.weight has values that are not finite"));
  t = tensors_;
  t.erase("fc.weight");
  EXPECT_THAT(Error(t), HasSubstr("need an fc.weight"));
  t["fc.weight"] = torch::zeros({1, 512});
  EXPECT_THAT(Error(t), HasSubstr("at least 2 classes"));
  EXPECT_THAT(Error({{"conv1.weight", torch::zeros({64, 3, 7, 7})}}), HasSubstr("not of a ResNet"));
  EXPECT_THAT(Error({}), HasSubstr("not of a ResNet"));
  t = tensors_;
  t["layer1.2.conv1.weight"] = torch::zeros({1});  // As in a ResNet34.
  EXPECT_THAT(Error(t), HasSubstr("layers of 3, 2, 2, 2 basic blocks, allowed are"));
  EXPECT_THAT(Error(tensors_, {.class_names = {"a", "b"}, .preprocess = {}}),
              HasSubstr("class_names: has 2 names, the weights have 3 classes"));
  EXPECT_THAT(Error(tensors_, {.class_names = {"a", "a", "b"}, .preprocess = {}}),
              HasSubstr("must differ"));
  EXPECT_THAT(Error(tensors_, {}, {{kManifestMetadataKey, "{}"}}), HasSubstr("manifest."));
}

TEST_F(ImportTest, AManifestOfOtherWeightsIsRefused) {
  const auto manifest = Import(tensors_);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const Metadata metadata = {{kManifestMetadataKey, ManifestToJson(*manifest)}};
  EXPECT_TRUE(Import(tensors_, {}, metadata).ok());
  NamedTensors changed = tensors_;
  changed["fc.bias"] = tensors_.at("fc.bias") + 1;
  EXPECT_THAT(Error(changed, {}, metadata), HasSubstr("not those that the manifest"));
}

TEST_F(ImportTest, AnExportEndsWithItsSinkAndChecksTheHash) {
  ASSERT_TRUE(Import(tensors_).ok());
  int pieces = 0;
  const ByteSink full = [&](absl::string_view) {
    return ++pieces == 3 ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  };
  EXPECT_EQ(ExportVersion(staging_, full).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(pieces, 3);
  const std::string path = JoinPath(staging_, kWeightsFile);
  std::string weights = *ReadFile(path);
  weights.back() ^= 1;
  ASSERT_TRUE(WriteFileAtomic(path, weights).ok());
  pieces = 0;
  EXPECT_EQ(ExportVersion(staging_, full).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(pieces, 0);
}

}  // namespace
}  // namespace fovea
