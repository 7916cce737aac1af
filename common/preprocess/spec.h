// What preprocessing does, as a plain struct (the wire form is fovea.v1.PreprocessSpec).
#pragma once

#include <array>
#include <string>

#include "absl/status/status.h"

namespace fovea {

// The defaults are those of the reference recipe. See the .proto for units and ranges.
struct PreprocessSpec {
  int resize_short_side = 256;
  int crop_size = 224;
  std::array<float, 3> mean = {0.485f, 0.456f, 0.406f};
  std::array<float, 3> std = {0.229f, 0.224f, 0.225f};
  bool apply_exif_orientation = false;
  bool crop_to_fundus = false;
  bool subtract_local_average = false;
  bool scaled_decode = false;

  bool operator==(const PreprocessSpec&) const = default;
};

// Raised whenever the same spec and bytes could give other pixels than before.
inline constexpr int kPreprocessAlgorithmVersion = 1;

// INVALID_ARGUMENT "preprocess.field: ..." when a value is out of its range.
absl::Status ValidatePreprocessSpec(const PreprocessSpec& spec);

// The spec and the algorithm's version as one line of JSON with a fixed order of fields; floats in
// the shortest form that reads back the same. The last three are in it only where they are on, so
// that the line of a spec of before they were there is still the same.
std::string CanonicalPreprocessSpec(const PreprocessSpec& spec);

// SHA-256 of that line, lower-case hex.
std::string PreprocessFingerprint(const PreprocessSpec& spec);

}  // namespace fovea
