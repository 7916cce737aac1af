#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/preprocess.h"
#include "common/torch/torch.h"

namespace fovea {
namespace {

// A picture of 1 x 65,000 pixels would become one of 256 x 16,640,000.
constexpr int64_t kMaxAspectRatio = 16;

// ATen's uint8 kernel is Pillow's algorithm: an 8-bit picture between the two passes, weights in
// fixed point. It needs the channels innermost.
Image ResizeTo(const Image& image, int64_t width, int64_t height) {
  const c10::InferenceMode no_gradients;
  const at::Tensor source =
      at::from_blob(const_cast<uint8_t*>(image.rgb.data()), {1, image.height, image.width, 3},
                    at::TensorOptions().dtype(at::kByte))
          .permute({0, 3, 1, 2});
  const at::Tensor resized =
      at::_upsample_bilinear2d_aa(source, {height, width}, /*align_corners=*/false)
          .permute({0, 2, 3, 1})
          .contiguous();
  Image out;
  out.width = static_cast<int>(width);
  out.height = static_cast<int>(height);
  out.rgb.resize(static_cast<size_t>(resized.numel()));
  std::memcpy(out.rgb.data(), resized.const_data_ptr<uint8_t>(), out.rgb.size());
  return out;
}

}  // namespace

absl::StatusOr<Image> ResizeShortSide(const Image& image, int short_side) {
  const int64_t shorter = std::min(image.width, image.height);
  const int64_t longer = std::max(image.width, image.height);
  if (shorter < 1) return RefuseDamaged(Refusal::kCorrupt);
  if (longer > shorter * kMaxAspectRatio) {
    return Refuse(Refusal::kUnsupportedFormat,
                  absl::StrCat("the longer side is more than ", kMaxAspectRatio,
                               " times the shorter; send a photograph of a fundus"));
  }
  if (shorter == short_side) return image;
  const int64_t long_side = short_side * longer / shorter;
  const bool upright = image.width <= image.height;
  try {
    return ResizeTo(image, upright ? short_side : long_side, upright ? long_side : short_side);
  } catch (const std::exception& error) {
    return TorchErrorStatus("image: resize", error);
  }
}

}  // namespace fovea
