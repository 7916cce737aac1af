#include "server/convert/preprocess.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

absl::Status ReadChannels(absl::string_view field, const google::protobuf::RepeatedField<float>& values,
                          std::array<float, 3>* channels) {
  if (values.empty()) return absl::OkStatus();
  if (values.size() != 3) {
    return FieldError(field, absl::StrCat("has ", values.size(),
                                          " values, allowed are none (ImageNet's) or three"));
  }
  std::copy(values.begin(), values.end(), channels->begin());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PreprocessSpec> PreprocessFromProto(const v1::PreprocessSpec& proto) {
  PreprocessSpec spec;
  if (proto.has_resize_short_side()) spec.resize_short_side = proto.resize_short_side();
  if (proto.has_crop_size()) spec.crop_size = proto.crop_size();
  FOVEA_RETURN_IF_ERROR(ReadChannels("preprocess.mean", proto.mean(), &spec.mean));
  FOVEA_RETURN_IF_ERROR(ReadChannels("preprocess.std", proto.std(), &spec.std));
  spec.apply_exif_orientation = proto.apply_exif_orientation();
  spec.crop_to_fundus = proto.crop_to_fundus();
  spec.subtract_local_average = proto.subtract_local_average();
  spec.scaled_decode = proto.scaled_decode();
  FOVEA_RETURN_IF_ERROR(ValidatePreprocessSpec(spec));
  return spec;
}

v1::PreprocessSpec PreprocessToProto(const PreprocessSpec& spec) {
  v1::PreprocessSpec proto;
  proto.set_resize_short_side(spec.resize_short_side);
  proto.set_crop_size(spec.crop_size);
  for (const float value : spec.mean) proto.add_mean(value);
  for (const float value : spec.std) proto.add_std(value);
  proto.set_apply_exif_orientation(spec.apply_exif_orientation);
  proto.set_crop_to_fundus(spec.crop_to_fundus);
  proto.set_subtract_local_average(spec.subtract_local_average);
  proto.set_scaled_decode(spec.scaled_decode);
  return proto;
}

}  // namespace fovea
