#include "server/serving/tensor_input.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr int kChannels = 3;
static_assert(std::endian::native == std::endian::little, "tensors are sent in little-endian");

}  // namespace

absl::StatusOr<std::vector<float>> InputFromNchw(absl::string_view bytes, int side) {
  const size_t plane = static_cast<size_t>(side) * side;
  const size_t wanted = kChannels * plane * sizeof(float);
  if (bytes.size() != wanted) {
    return FieldError("tensor", absl::StrCat("has ", bytes.size(), " bytes, must have ", wanted,
                                             ": 3 x ", side, " x ", side, " float32"));
  }
  std::vector<float> input(kChannels * plane);
  float checksum = 0;  // Finite times 0 is 0; anything else is not a number.
  for (size_t i = 0; i < plane; ++i) {
    for (int channel = 0; channel < kChannels; ++channel) {
      float value;
      std::memcpy(&value, bytes.data() + (channel * plane + i) * sizeof(float), sizeof(float));
      checksum += value * 0;
      input[i * kChannels + channel] = value;
    }
  }
  if (checksum != 0) return FieldError("tensor", "has a number that is not finite");
  return input;
}

}  // namespace fovea
