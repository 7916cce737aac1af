#include "server/serving/model_pin.h"

#include "tests/server/serving/serving_fixture.h"

namespace fovea {
namespace {

using ModelPinTest = ServingTest;

TEST_F(ModelPinTest, KeepsItsVersionWhenTheAliasMoves) {
  ServedModels models(registry_.get(), &metrics_, {});
  Publish("dr", 1);
  Publish("dr", 2);
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 1).ok());
  ModelPin pin;
  EXPECT_EQ(pin.Get(&models, "models/dr").value()->version, 1);
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 2).ok());
  models.Refresh();
  EXPECT_EQ(models.Get("models/dr").value()->version, 2);
  EXPECT_EQ(pin.Get(&models, "models/dr").value()->version, 1);
}

TEST_F(ModelPinTest, AnErrorPinsNothing) {
  ServedModels models(registry_.get(), &metrics_, {});
  ModelPin pin;
  EXPECT_EQ(pin.Get(&models, "models/dr").status().code(), absl::StatusCode::kNotFound);
  Publish("dr", 1);
  EXPECT_EQ(pin.Get(&models, "models/dr").value()->version, 1);
}

}  // namespace
}  // namespace fovea
