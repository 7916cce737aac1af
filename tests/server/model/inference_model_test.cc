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
  const auto loaded = InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
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

// Grad-CAM by its definition: the gradient of a logit by the output of layer4, averaged over the
// positions, weighs the features. [height, width].
torch::Tensor GradCamByAutograd(ResNet& network, const torch::Tensor& x, int64_t class_index) {
  torch::Tensor activations = network->activations(x).detach().requires_grad_();
  const torch::Tensor logits = network->fc(network->Pool(activations));
  logits[0][class_index].backward();
  const torch::Tensor weights = activations.grad().mean({2, 3}, /*keepdim=*/true);
  return torch::relu((weights * activations).sum(1))[0].detach();
}

TEST_F(InferenceModelTest, ClassMapsHoldTheGradCamOfAutograd) {
  const auto loaded = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
  const torch::Tensor x = Input(3);
  ClassMaps maps[2];
  maps[0].input = 2;
  ASSERT_TRUE(loaded->Logits(x.permute({0, 2, 3, 1}).const_data_ptr<float>(), 3,
                             absl::MakeSpan(maps)).ok());
  for (const ClassMaps& got : maps) {
    ASSERT_EQ(got.classes, 5);
    ASSERT_EQ(got.height, kSide / 32);
    ASSERT_EQ(got.width, kSide / 32);
    const torch::Tensor all = torch::tensor(got.values).view({5, got.height, got.width});
    for (int64_t c = 0; c < 5; ++c) {
      const torch::Tensor want = GradCamByAutograd(model_, x.slice(0, got.input, got.input + 1), c);
      const torch::Tensor cam = torch::relu(all[c]) / (got.height * got.width);
      EXPECT_GT(want.max().item<float>(), 1e-3) << "the test sees nothing";
      EXPECT_LT((cam - want).abs().max().item<float>(), 1e-5) << got.input << " class " << c;
    }
  }
}

TEST_F(InferenceModelTest, ClassMapsAverageToTheLogitsAndChangeNone) {
  const auto loaded = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
  const torch::Tensor x = Input(2).permute({0, 2, 3, 1}).contiguous();
  const std::vector<float> plain = *loaded->Logits(x.const_data_ptr<float>(), 2);
  ClassMaps maps[1];
  maps[0].input = 1;
  const auto logits = loaded->Logits(x.const_data_ptr<float>(), 2, absl::MakeSpan(maps));
  ASSERT_TRUE(logits.ok()) << logits.status();
  EXPECT_EQ(*logits, plain);  // Every bit.
  const torch::Tensor means = torch::tensor(maps[0].values).view({5, -1}).mean(1);
  for (int64_t c = 0; c < 5; ++c) {
    const float want = plain[5 + c] - model_->fc->bias[c].item<float>();
    EXPECT_NEAR(means[c].item<float>(), want, 1e-5) << c;
  }
  maps[0].input = 2;
  EXPECT_THAT(loaded->Logits(x.const_data_ptr<float>(), 2, absl::MakeSpan(maps)).status().message(),
              HasSubstr("maps: of input 2"));
}

TEST_F(InferenceModelTest, AveragesOverTheViewsOfTheVersion) {
  const auto plain = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
  Manifest manifest = plain->manifest();
  manifest.test_time_views = 2;
  ASSERT_TRUE(WriteFileAtomic(JoinPath(dir_, kManifestFile), ManifestToJson(manifest)).ok());
  const auto two_views = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
  const torch::Tensor x = Input(2);
  const auto logits = [&](const InferenceModel& model, const torch::Tensor& nchw) {
    const torch::Tensor nhwc = nchw.permute({0, 2, 3, 1}).contiguous();
    return torch::tensor(*model.Logits(nhwc.const_data_ptr<float>(), 2));
  };
  const torch::Tensor want = (logits(*plain, x) + logits(*plain, x.flip(3))) / 2;
  EXPECT_LT((logits(*two_views, x) - want).abs().max().item<float>(), 1e-5);
  EXPECT_GT((logits(*two_views, x) - logits(*plain, x)).abs().max().item<float>(), 1e-4);
}

TEST_F(InferenceModelTest, SeveralThreadsMayAsk) {
  const auto loaded = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
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
  const auto loaded = *InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32);
  EXPECT_EQ(loaded->Logits(nullptr, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(InferenceModel::Load(dir_, "toaster").status().message(), HasSubstr("device: "));
  EXPECT_EQ(InferenceModel::Load(dir_, "cuda:99").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(InferenceModel::Load(dir_ + "/none", "cpu").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ListDevices().front(), "cpu");
}

TEST_F(InferenceModelTest, ServesInThePrecisionThatIsAskedFor) {
  const auto precision = [this](PrecisionChoice choice) {
    return (*InferenceModel::Load(dir_, "cpu", choice))->precision();
  };
  EXPECT_EQ(precision(PrecisionChoice::kFloat32), Precision::kFloat32);
  EXPECT_EQ(precision(PrecisionChoice::kBfloat16), Precision::kBfloat16);
  // This version has no scales for 8-bit integers.
  EXPECT_EQ(precision(PrecisionChoice::kInt8), precision(PrecisionChoice::kAuto));
  EXPECT_NE(precision(PrecisionChoice::kAuto), Precision::kInt8);
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
