// The two functions between encoded bytes and the network, for training and serving alike.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/random_stream.h"
#include "common/preprocess/decode.h"
#include "common/preprocess/image.h"
#include "common/preprocess/spec.h"

namespace fovea {

// Resizes so that the short side is `short_side` (long side int(short_side * long / short), as
// torchvision's Resize), with Pillow's antialiased bilinear filter, bit for bit. Refuses, as
// DecodeImage does, a picture whose longer side is more than 16 times the shorter. Thread-safe.
absl::StatusOr<Image> ResizeShortSide(const Image& image, int short_side);

// The same of a window of a photograph, in its pixels; nearly the same picture, of exactly the same
// size, at whatever size it was decoded.
absl::StatusOr<Image> ResizeShortSide(const DecodedImage& decoded, const Window& window,
                                      int short_side);

// How the spec wants photographs decoded. With scaled_decode, the shorter side of a picture that
// was made smaller has at least 512 pixels and twice the resize's, so that the resize that follows,
// which is antialiased, still decides what is seen. A fundus of less than half the shorter side may
// have fewer pixels after crop_to_fundus than the resize makes of it.
DecodeOptions DecodeOptionsOf(const PreprocessSpec& spec);

// What of the first function comes after decoding: with crop_to_fundus, cut to the fundus; then the
// picture with the spec's short side; with subtract_local_average, less its local average. Errors as
// ResizeShortSide. Thread-safe.
absl::StatusOr<Image> PrepareImage(const DecodedImage& decoded, const PreprocessSpec& spec);

// First function: bytes to 8-bit RGB with the spec's short side. Deterministic; what the cache
// holds. Errors as DecodeImage. `decode_time`, unless null, gets the part of the time that went
// into decoding. Thread-safe.
absl::StatusOr<Image> LoadImage(absl::string_view bytes, const PreprocessSpec& spec,
                                const DecodeLimits& limits, absl::Duration* decode_time = nullptr);

// The window that the network sees, and how it is mirrored.
struct CropPlan {
  int left = 0;
  int top = 0;
  bool flip_horizontal = false;
  bool flip_vertical = false;

  bool operator==(const CropPlan&) const = default;
};

// torchvision's CenterCrop: offsets int(round((side - crop) / 2.0)), halves to even.
CropPlan CentreCrop(int width, int height, const PreprocessSpec& spec);

// What training may do at random. Units and ranges are those of fovea.v1.Recipe; 0 is off.
struct Augmentation {
  bool flip_horizontal = true;
  bool flip_vertical = true;
  bool random_crop = true;
  // The rest is done in augment.h.
  double random_resized_crop_min_area = 0;
  double rotation_degrees = 0;
  double scale_jitter = 0;
  double brightness_jitter = 0;
  double contrast_jitter = 0;
  double saturation_jitter = 0;
};

// The first three of Augmentation: a flip each with probability 1/2, and a window anywhere with
// equal probability.
CropPlan RandomCrop(int width, int height, const PreprocessSpec& spec,
                    const Augmentation& augmentation, RandomStream& random);

// Second function: the window as floats, (pixel / 255 - mean) / std in float32 as torchvision's
// ToTensor and Normalize. `out` takes crop_size * crop_size * 3 floats: rows, columns, channels
// (NHWC, the memory of a channels_last batch). The image is at least crop_size on both sides.
void ToTensor(ImageView image, const CropPlan& plan, const PreprocessSpec& spec, float* out);

}  // namespace fovea
