#include "common/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace fovea {
namespace {

TEST(FieldError, NamesTheField) {
  EXPECT_EQ(FieldError("page_size", "must not be negative"),
            absl::InvalidArgumentError("page_size: must not be negative"));
}

TEST(Annotate, KeepsTheCode) {
  EXPECT_EQ(Annotate(absl::NotFoundError("x"), "reading"), absl::NotFoundError("reading: x"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "reading").ok());
}

absl::StatusOr<std::unique_ptr<int>> Make(int value) {
  if (value < 0) return absl::OutOfRangeError("negative");
  return std::make_unique<int>(value);
}

absl::Status Sum(int a, int b, int* sum) {
  FOVEA_ASSIGN_OR_RETURN(const std::unique_ptr<int> first, Make(a));
  FOVEA_ASSIGN_OR_RETURN(std::unique_ptr<int> second, Make(b));
  FOVEA_RETURN_IF_ERROR(absl::OkStatus());
  *sum = *first + *second;
  return absl::OkStatus();
}

TEST(StatusMacros, PassValuesOnAndReturnErrors) {
  int sum = 0;
  EXPECT_TRUE(Sum(2, 3, &sum).ok());
  EXPECT_EQ(sum, 5);
  EXPECT_EQ(Sum(2, -3, &sum).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Sum(-2, 3, &sum).code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace fovea
