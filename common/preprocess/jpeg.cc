// JPEG by libjpeg-turbo's libjpeg interface, with warnings as errors.
//
// libjpeg reports errors by a function that must not return, so every call to it is in a function
// that sets a jump target and holds no object with a destructor. Each picture gets a decoder of its
// own: nothing of a hostile file reaches the next.
#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>  // Needs <cstdio> before it.

#include <jerror.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/jpeg_markers.h"

namespace fovea {
namespace {

// A picture of max_pixels may have this many scans (usual progressive files have 10); a smaller one
// may have more, up to max_scans.
constexpr int64_t kScansAtMaxPixels = 16;

Refusal RefusalOf(int code) {
  switch (code) {
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
      return Refusal::kTruncated;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return Refusal::kUnsupportedFormat;
    case JERR_IMAGE_TOO_BIG:
    case JERR_OUT_OF_MEMORY:
    case JERR_WIDTH_OVERFLOW:
      return Refusal::kTooLarge;
    default:
      return Refusal::kCorrupt;
  }
}

// One JPEG file. Not thread-safe; the bytes must outlive it.
class JpegDecoder {
 public:
  explicit JpegDecoder(absl::string_view bytes) : bytes_(bytes) {
    std::memset(&info_, 0, sizeof(info_));
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = &OnError;
    errors_.emit_message = &OnMessage;
    errors_.output_message = [](j_common_ptr) {};
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  // Each step gives false for an error, with the class in refusal().
  bool ReadHeader() {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  // Once the header is read and checked: the size of the picture that ReadPixels gives, in info(),
  // is that of the file divided by 1, 2, 4 or 8 and rounded up.
  bool SetDivisor(int divisor) {
    if (setjmp(jump_) != 0) return false;
    info_.scale_num = 1;
    info_.scale_denom = static_cast<unsigned int>(divisor);
    info_.out_color_space = JCS_RGB;
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  // `rgb` takes output_height * output_width * 3 bytes.
  bool ReadPixels(uint8_t* rgb) {
    if (setjmp(jump_) != 0) return false;
    info_.dct_method = JDCT_ISLOW;
    info_.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&info_);
    const size_t stride = static_cast<size_t>(info_.output_width) * 3;
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rgb + info_.output_scanline * stride;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    // Before the end of the file is read, which frees what a progressive file sent.
    complete_ = !info_.progressive_mode || HasAllCoefficients();
    jpeg_finish_decompress(&info_);
    return true;
  }

  // Whether every bit of every coefficient was sent: a progressive file can end early and still be
  // legal, but its picture is a blurred one.
  bool complete() const { return complete_; }
  Refusal refusal() const { return RefusalOf(code_); }
  const jpeg_decompress_struct& info() const { return info_; }

 private:
  bool HasAllCoefficients() const {
    for (int component = 0; component < info_.num_components; ++component) {
      for (int k = 0; k < DCTSIZE2; ++k) {
        if (info_.coef_bits[component][k] != 0) return false;
      }
    }
    return true;
  }

  [[noreturn]] static void OnError(j_common_ptr info) {
    auto* self = static_cast<JpegDecoder*>(info->client_data);
    self->code_ = info->err->msg_code;
    std::longjmp(self->jump_, 1);
  }

  // Negative levels are warnings: the pixels are wrong, but for one about the JFIF revision.
  static void OnMessage(j_common_ptr info, int level) {
    if (level < 0 && info->err->msg_code != JWRN_JFIF_MAJOR) OnError(info);
  }

  const absl::string_view bytes_;
  jpeg_decompress_struct info_;
  jpeg_error_mgr errors_;
  std::jmp_buf jump_;
  int code_ = 0;
  bool complete_ = false;
};

absl::Status CheckHeader(const jpeg_decompress_struct& info, int scans,
                         const DecodeLimits& limits) {
  const int64_t width = info.image_width;
  const int64_t height = info.image_height;
  FOVEA_RETURN_IF_ERROR(CheckSize(width, height, limits));
  if (width * height * scans > limits.max_pixels * kScansAtMaxPixels) {
    return Refuse(Refusal::kTooLarge, absl::StrCat(scans, " scans are too many for ", width, " x ",
                                                   height, " pixels"));
  }
  // Other colour spaces, such as CMYK, have no conversion to RGB that is right for all of them.
  const bool colours_known = info.jpeg_color_space == JCS_GRAYSCALE ||
                             info.jpeg_color_space == JCS_YCbCr ||
                             info.jpeg_color_space == JCS_RGB;
  if (info.data_precision != 8 || info.arith_code || !colours_known) {
    return RefuseDamaged(Refusal::kUnsupportedFormat);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DecodedImage> DecodeJpeg(absl::string_view bytes, const DecodeLimits& limits,
                                        int min_short_side) {
  const int scans = CountJpegScans(bytes, limits.max_scans);
  if (scans > limits.max_scans) {
    return Refuse(Refusal::kTooLarge,
                  absl::StrCat("a JPEG may have at most ", limits.max_scans, " scans"));
  }
  JpegDecoder decoder(bytes);
  if (!decoder.ReadHeader()) return RefuseDamaged(decoder.refusal());
  FOVEA_RETURN_IF_ERROR(CheckHeader(decoder.info(), scans, limits));
  DecodedImage decoded;
  decoded.width = static_cast<int>(decoder.info().image_width);
  decoded.height = static_cast<int>(decoder.info().image_height);
  decoded.divisor = DecodeDivisor(std::min(decoded.width, decoded.height), min_short_side);
  if (!decoder.SetDivisor(decoded.divisor)) return RefuseDamaged(decoder.refusal());

  decoded.image = BlankImage(static_cast<int>(decoder.info().output_width),
                             static_cast<int>(decoder.info().output_height));
  if (!decoder.ReadPixels(decoded.image.rgb.data())) return RefuseDamaged(decoder.refusal());
  if (!decoder.complete()) return RefuseDamaged(Refusal::kTruncated);
  return decoded;
}

}  // namespace fovea
