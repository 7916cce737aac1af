// The whole of an explanation, on a network whose evidence is known: it looks for redness.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/file.h"
#include "common/base/random_stream.h"
#include "common/torch/torch.h"
#include "server/explain/heat_map.h"
#include "server/model/resnet.h"
#include "server/model/version_files.h"
#include "tests/testing/occlusion.h"

namespace fovea {
namespace {

constexpr int kSide = 224;
constexpr int kLesion = 32;

// Feature 0 of layer4 becomes the redness beneath each position, all other features 0: blocks add
// nothing to what passes by them. Class 1 is for feature 0, class 0 against it.
void MakeRednessDetector(ResNet& network) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network->named_parameters()) {
    torch::Tensor& value = item.value();
    const std::string& name = item.key();
    if (name == "conv1.weight") {
      value.zero_();
      value[0][0].fill_(1.0 / 49);  // The mean of the red channel over 7x7 pixels.
    } else if (name.find("downsample.0.weight") != std::string::npos) {
      value.zero_();
      for (int64_t i = 0; i < value.size(1); ++i) value[i][i] = 1;
    } else if (name.find("bn2.weight") != std::string::npos) {
      value.zero_();
    }
  }
  network->fc->weight.zero_();
  network->fc->bias.zero_();
  network->fc->weight[0][0] = -1;
  network->fc->weight[1][0] = 1;
}

class OcclusionTest : public testing::Test {
 protected:
  OcclusionTest() {
    dir_ = MakeTempDir("fovea-occlusion").value();
    ResNet network(Architecture::kResNet18, 2);
    InitWeights(network, 1);
    MakeRednessDetector(network);
    Manifest manifest;
    manifest.class_names = {"pale", "red"};
    manifest.preprocess.mean = {0, 0, 0};
    manifest.preprocess.std = {1, 1, 1};
    manifest.provenance.kind = "imported";
    EXPECT_TRUE(WriteVersion(network, manifest, dir_).ok());
    model_ = InferenceModel::Load(dir_, "cpu", PrecisionChoice::kFloat32).value();
  }
  ~OcclusionTest() override { RemoveAll(dir_).IgnoreError(); }

  // Dim red all over, bright red in a square.
  static std::vector<float> Photograph(const Square& lesion) {
    std::vector<float> tensor(kSide * kSide * 3, 0.2f);
    for (int y = lesion.top; y < lesion.top + lesion.side; ++y) {
      for (int x = lesion.left; x < lesion.left + lesion.side; ++x) tensor[(y * kSide + x) * 3] = 1;
    }
    return tensor;
  }

  std::string dir_;
  std::shared_ptr<const InferenceModel> model_;
};

TEST_F(OcclusionTest, TheHottestSquareHidesTheEvidenceAndARandomOneDoesNot) {
  RandomStream random({9});
  const std::vector<uint8_t> everywhere(kSide * kSide, 1);
  const std::vector<Square> squares = SquaresInFundus(everywhere, kSide, 2 * kLesion);
  ASSERT_EQ(squares.size(), 161u * 161u);
  double hottest = 0, elsewhere = 0;
  for (const Square lesion : {Square{8, 8, kLesion}, Square{180, 12, kLesion},
                              Square{20, 170, kLesion}, Square{120, 90, kLesion}}) {
    const std::vector<float> tensor = Photograph(lesion);
    std::vector<ClassMaps> maps(1);
    const auto logits = model_->Logits(tensor.data(), 1, absl::MakeSpan(maps));
    ASSERT_TRUE(logits.ok()) << logits.status();
    ASSERT_GT((*logits)[1], (*logits)[0]);
    const Square found = HottestSquare(Enlarge(GradCam(maps[0], 1), kSide), 2 * kLesion);
    // All of the lesion is in it, but for what a position of 32 pixels may be off.
    EXPECT_LT(std::abs(found.left + kLesion - lesion.left - kLesion / 2), 32) << lesion.left;
    EXPECT_LT(std::abs(found.top + kLesion - lesion.top - kLesion / 2), 32) << lesion.top;
    // No position speaks for class 0: it has no heat at all.
    const HeatMap none = GradCam(maps[0], 0);
    EXPECT_EQ(*std::max_element(none.values.begin(), none.values.end()), 0.0f);

    const std::vector<Square> hidden = {found, squares[random.Below(squares.size())],
                                        squares[random.Below(squares.size())]};
    const auto without = LogitsWithout(*model_, tensor, everywhere, hidden).value();
    hottest += (*logits)[1] - without[0][1];
    elsewhere += (*logits)[1] - (without[1][1] + without[2][1]) / 2;
  }
  EXPECT_GT(hottest, 4 * 0.5 * (0.8 * kLesion * kLesion) / (kSide * kSide));
  EXPECT_GT(hottest, 2 * elsewhere);
}

}  // namespace
}  // namespace fovea
