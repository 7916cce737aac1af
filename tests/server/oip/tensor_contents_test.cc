#include "server/oip/tensor_contents.h"

#include <gmock/gmock.h>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TensorContentsTest, ShapesReadAsPeopleWriteThem) {
  const std::vector<int64_t> shape = {-1, 3, 224, 224};
  EXPECT_EQ(ShapeText(shape), "[-1,3,224,224]");
  EXPECT_EQ(ShapeText({}), "[]");
}

TEST(TensorContentsTest, RowsAreOfTheExactSize) {
  EXPECT_THAT(SplitRawRows("aabbcc", 3, 2).value(), ElementsAre("aa", "bb", "cc"));
  EXPECT_THAT(SplitRawRows("aabbc", 3, 2).status().message(),
              HasSubstr("has 5 bytes, the shape needs 6"));
  EXPECT_FALSE(SplitRawRows("aabbccd", 3, 2).ok());
  EXPECT_FALSE(SplitRawRows("", 1, 2).ok());
}

TEST(TensorContentsTest, BytesComeBack) {
  std::string raw;
  for (const char* element : {"one", "", "three"}) AppendRawBytes(element, &raw);
  EXPECT_EQ(raw.substr(0, 7), std::string("\x03\0\0\0one", 7));
  EXPECT_THAT(SplitRawBytes(raw, 3).value(), ElementsAre("one", "", "three"));
}

TEST(TensorContentsTest, BytesThatDoNotFitAreRefused) {
  std::string raw;
  AppendRawBytes("one", &raw);
  EXPECT_THAT(SplitRawBytes(raw, 2).status().message(), HasSubstr("and there are 1"));
  EXPECT_THAT(SplitRawBytes(raw + "x", 1).status().message(),
              HasSubstr("has 8 bytes, the shape needs 7 for its 1 elements"));
  EXPECT_FALSE(SplitRawBytes(raw.substr(0, 6), 1).ok());
  EXPECT_FALSE(SplitRawBytes(raw.substr(0, 3), 1).ok());
  // A length that would go round the address space.
  EXPECT_FALSE(SplitRawBytes(std::string("\xff\xff\xff\xff", 4), 1).ok());
}

}  // namespace
}  // namespace fovea
