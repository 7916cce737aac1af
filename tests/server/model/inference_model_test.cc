#include "server/model/inference_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "common/base/file.h"
#include "common/torch/torch.h"
#include "server/model/resnet.h"
#include "server/model/version_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class InferenceModelTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = *MakeTempDir("inference-model");
    model_ = ResNet(Architecture::kResNet18, 5);
    InitWeights(model_, 11);
    {
      // Statistics that differ from 0 and 1, so that a mistake with them shows.
      const torch::NoGradGuard no_grad;
      model_->train();
      model_->forward(Input(4));
      model_->eval();
    }
    Manifest manifest;
    manifest.preprocess.crop_size = kSide;
    manifest.provenance.kind = "imported";
    const absl::StatusOr<Manifest> written = WriteVersion(model_, manifest, dir_);
    ASSERT_TRUE(written.ok()) << written.status();
  }
  void TearDown() override { ASSERT_TRUE(RemoveAll(dir_).ok()); }

  static torch::Tensor Input(int64_t batch) {
    at::Generator generator = at::detail::createCPUGenerator(5);
    return torch::randn({batch, kSide, kSide, 3}, generator).permute({0, 3, 1, 2});
  }

  static constexpr int64_t kSide = 64;
  std::string dir_;
  ResNet model_{nullptr};
};

TEST_F(InferenceModelTest, GivesTheLogitsOfTheNetworkThatWasWritten) {
  const auto loaded = InferenceModel::Load(dir_, "cpu");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->manifest().num_classes, 5);
  for (const int64_t batch : {1, 3}) {
    const torch::Tensor x = Input(batch);
    const torch::NoGradGuard no_grad;
    const torch::Tensor expected = model_->forward(x);
    const auto logits = (*loaded)->Logits(x.permute({0, 2, 3, 1}).const_data_ptr<float>(),
                                          static_cast<int>(batch));
    ASSERT_TRUE(logits.ok()) << logits.status();
    const torch::Tensor got = torch::tensor(*logits).view({batch, 5});
    EXPECT_LT((got - expected).abs().max().item<float>(), 1e-5);
  }
}

TEST_F(InferenceModelTest, SeveralThreadsMayAsk) {
  const auto loaded = *InferenceModel::Load(dir_, "cpu");
  const torch::Tensor x = Input(1).permute({0, 2, 3, 1}).contiguous();
  const std::vector<float> expected = *loaded->Logits(x.const_data_ptr<float>(), 1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(*loaded->Logits(x.const_data_ptr<float>(), 1), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(InferenceModelTest, RefusesBadCallsAndDevices) {
  const auto loaded = *InferenceModel::Load(dir_, "cpu");
  EXPECT_EQ(loaded->Logits(nullptr, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(InferenceModel::Load(dir_, "toaster").status().message(), HasSubstr("device: "));
  EXPECT_EQ(InferenceModel::Load(dir_, "cuda:99").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(InferenceModel::Load(dir_ + "/none", "cpu").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ListDevices().front(), "cpu");
}

TEST_F(InferenceModelTest, NoChangedByteIsEverLoaded) {
  const std::string path = JoinPath(dir_, kWeightsFile);
  const std::string good = *ReadFile(path);
  const FileDescriptor fd(open(path.c_str(), O_RDWR));
  ASSERT_TRUE(fd.valid());
  const size_t step = good.size() / 24;
  for (size_t at = 0; at < good.size(); at += step) {
    const char flipped = static_cast<char>(good[at] ^ 1);
    ASSERT_EQ(pwrite(fd.get(), &flipped, 1, static_cast<off_t>(at)), 1);
    EXPECT_EQ(InferenceModel::Load(dir_, "cpu").status().code(), absl::StatusCode::kDataLoss) << at;
    ASSERT_EQ(pwrite(fd.get(), &good[at], 1, static_cast<off_t>(at)), 1);
  }
  EXPECT_TRUE(InferenceModel::Load(dir_, "cpu").ok());
  for (const size_t length : {good.size() - 1, good.size() / 2, size_t{8}, size_t{0}}) {
    ASSERT_EQ(ftruncate(fd.get(), static_cast<off_t>(length)), 0);
    EXPECT_EQ(InferenceModel::Load(dir_, "cpu").status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(InferenceModelTest, RefusesAManifestOfAnotherNetwork) {
  const std::string path = JoinPath(dir_, kManifestFile);
  for (const bool classes : {true, false}) {
    Manifest manifest = *ReadManifest(dir_);
    if (classes) {
      manifest.num_classes = 6;
    } else {
      manifest.architecture = Architecture::kResNet50;
    }
    const std::string original = *ReadFile(path);
    ASSERT_TRUE(WriteFileAtomic(path, ManifestToJson(manifest)).ok());
    const absl::Status status = InferenceModel::Load(dir_, "cpu").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(classes ? "fc.bias has the shape [5]" : "missing are"));
    ASSERT_TRUE(WriteFileAtomic(path, original).ok());
  }
}

}  // namespace
}  // namespace fovea
