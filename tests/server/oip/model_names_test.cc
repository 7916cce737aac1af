#include "server/oip/model_names.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(ModelNamesTest, TheEndingDecidesOnTheInput) {
  const OipModel tensor = ParseOipModel("dr").value();
  EXPECT_EQ(tensor.model_id, "dr");
  EXPECT_EQ(tensor.kind, InputKind::kTensor);
  const OipModel image = ParseOipModel("dr-image").value();
  EXPECT_EQ(image.model_id, "dr");
  EXPECT_EQ(image.kind, InputKind::kImage);
  EXPECT_EQ(ParseOipModel("dr-image-image")->model_id, "dr-image");
  EXPECT_EQ(InferenceName("dr", InputKind::kTensor), "dr");
  EXPECT_EQ(InferenceName("dr", InputKind::kImage), "dr-image");
}

TEST(ModelNamesTest, NamesThatNoModelHasAreNotFound) {
  EXPECT_EQ(ParseOipModel("").status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* name : {"-image", "../dr", "DR", "models/dr", "dr image"}) {
    EXPECT_EQ(ParseOipModel(name).status().code(), absl::StatusCode::kNotFound) << name;
  }
}

TEST(ModelNamesTest, VersionsAreNumbersAliasesOrNothing) {
  const OipModel model{"dr", InputKind::kImage};
  EXPECT_EQ(OipReference(model, "").value(), "models/dr");
  EXPECT_EQ(OipReference(model, "12").value(), "models/dr/versions/12");
  EXPECT_EQ(OipReference(model, "candidate").value(), "models/dr/aliases/candidate");
  for (const char* version : {"0", "-1", "1.0", "99999999999", "v 1", "1x"}) {
    EXPECT_EQ(OipReference(model, version).status().code(), absl::StatusCode::kNotFound) << version;
  }
}

}  // namespace
}  // namespace fovea
