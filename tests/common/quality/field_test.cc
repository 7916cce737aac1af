#include "common/quality/field.h"

#include <cmath>

#include "gtest/gtest.h"

namespace fovea {
namespace {

// Grey 120 in a disc, 5 around it.
Plane Disc(int width, int height, double x0, double y0, double radius) {
  Plane plane(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      plane.At(x, y) = std::hypot(x + 0.5 - x0, y + 0.5 - y0) < radius ? 120 : 5;
    }
  }
  return plane;
}

void Blacken(Plane& plane, int top, int bottom) {
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < plane.width; ++x) plane.At(x, y) = 5;
  }
}

TEST(FindFieldTest, FindsADisc) {
  const Field field = FindField(Disc(85, 64, 45, 30, 24));
  ASSERT_TRUE(field.found());
  EXPECT_NEAR(field.x, 45, 0.3);
  EXPECT_NEAR(field.y, 30, 0.3);
  EXPECT_NEAR(field.radius, 24, 0.5);
  EXPECT_GT(field.edge_share, 0.95);
  EXPECT_GT(field.visible_share, 0.95);
}

TEST(FindFieldTest, TopAndBottomMayBeFlat) {
  Plane plane = Disc(64, 64, 32, 32, 30);
  Blacken(plane, 0, 8);
  Blacken(plane, 56, 64);
  const Field field = FindField(plane);
  EXPECT_NEAR(field.y, 32, 0.5);
  EXPECT_NEAR(field.radius, 30, 0.6);
  EXPECT_LT(field.visible_share, 0.95);
  EXPECT_GT(field.visible_share, 0.85);
}

TEST(FindFieldTest, TheDiscMayReachBeyondThePicture) {
  // As many cameras crop: cut by top and bottom edges of the picture.
  const Field field = FindField(Disc(80, 64, 40, 32, 38));
  EXPECT_NEAR(field.x, 40, 0.5);
  EXPECT_NEAR(field.radius, 38, 1);
  EXPECT_LT(field.visible_share, 0.97);
}

TEST(FindFieldTest, HalfADiscIsHalfVisible) {
  const Field field = FindField(Disc(64, 64, 0, 32, 28));
  EXPECT_NEAR(field.x, 0, 1.5);
  EXPECT_NEAR(field.radius, 28, 1.5);
  EXPECT_NEAR(field.visible_share, 0.5, 0.05);
}

TEST(FindFieldTest, DarkSpotsInsideDoNotMatter) {
  Plane plane = Disc(64, 64, 32, 32, 28);
  for (int y = 28; y < 38; ++y) {
    for (int x = 26; x < 36; ++x) plane.At(x, y) = 0;
  }
  const Field field = FindField(plane);
  EXPECT_NEAR(field.x, 32, 0.3);
  EXPECT_NEAR(field.radius, 28, 0.5);
}

TEST(FindFieldTest, APictureOfOneValueHasNone) {
  Plane plane(64, 64);
  EXPECT_FALSE(FindField(plane).found());
  for (float& value : plane.value) value = 200;
  EXPECT_FALSE(FindField(plane).found());
}

TEST(FieldTest, ScalesWithThePicture) {
  Field field;
  field.x = 3;
  field.y = 4;
  field.radius = 2;
  field.visible_share = 0.5;
  const Field scaled = field.ScaledBy(2);
  EXPECT_EQ(scaled.x, 6);
  EXPECT_EQ(scaled.y, 8);
  EXPECT_EQ(scaled.radius, 4);
  EXPECT_EQ(scaled.visible_share, 0.5);
  EXPECT_TRUE(scaled.Contains(6, 11.9));
  EXPECT_FALSE(scaled.Contains(6, 12.1));
  EXPECT_FALSE(scaled.Contains(6, 11, 0.5));
}

}  // namespace
}  // namespace fovea
