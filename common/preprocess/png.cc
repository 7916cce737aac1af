// PNG by libpng, with warnings as errors and every chunk skipped that the pixels do not need.
//
// libpng reports errors by a function that must not return, so every call to it is in a function
// that sets a jump target and holds no object with a destructor.
#include <csetjmp>
#include <cstddef>
#include <cstring>

#include <png.h>

#include "common/base/status.h"
#include "common/preprocess/codec.h"

namespace fovea {
namespace {

// Of one chunk other than pixels. Those that can be large (text, profiles) are skipped unread.
constexpr png_alloc_size_t kMaxChunkBytes = 16 << 20;

// One PNG file. Not thread-safe; the bytes must outlive it.
class PngDecoder {
 public:
  explicit PngDecoder(absl::string_view bytes) : bytes_(bytes) {}
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  // Each step gives false for an error, with the class in refusal().
  bool ReadHeader() {
    if (setjmp(jump_) != 0) return false;
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &OnError, &OnError);
    if (png_ == nullptr) return false;
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return false;
    png_set_read_fn(png_, this, &Read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    // -1: also the known chunks but IHDR, PLTE, tRNS, IDAT and IEND.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(png_, info_);
    return true;
  }

  // `rgb` takes height * width * 3 bytes.
  bool ReadPixels(uint8_t* rgb) {
    if (setjmp(jump_) != 0) return false;
    const int passes = ConvertToRgb();
    const size_t stride = png_get_rowbytes(png_, info_);
    if (stride != static_cast<size_t>(width()) * 3) png_error(png_, "unexpected row");
    for (int pass = 0; pass < passes; ++pass) {
      for (int64_t y = 0; y < height(); ++y) png_read_row(png_, rgb + y * stride, nullptr);
    }
    png_read_end(png_, nullptr);
    return true;
  }

  int64_t width() const { return png_get_image_width(png_, info_); }
  int64_t height() const { return png_get_image_height(png_, info_); }
  Refusal refusal() const { return refusal_; }

 private:
  // Asks for 8-bit RGB, transparency on black; gives the number of interlace passes.
  int ConvertToRgb() {
    const png_color_16 black = {};
    const int type = png_get_color_type(png_, info_);
    png_set_scale_16(png_);
    png_set_expand(png_);
    if ((type & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png_);
    png_set_background(png_, &black, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    const int passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return passes;
  }

  [[noreturn]] static void OnError(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
    const bool out_of_memory = std::strstr(message, "memory") != nullptr;
    const bool too_few = self->at_end_ || std::strstr(message, "Not enough") != nullptr;
    self->refusal_ = out_of_memory ? Refusal::kTooLarge
                     : too_few     ? Refusal::kTruncated
                                   : Refusal::kCorrupt;
    std::longjmp(self->jump_, 1);
  }

  static void Read(png_structp png, png_bytep out, size_t size) {
    auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (size > self->bytes_.size() - self->position_) {
      self->at_end_ = true;
      png_error(png, "end of file");
    }
    std::memcpy(out, self->bytes_.data() + self->position_, size);
    self->position_ += size;
  }

  const absl::string_view bytes_;
  size_t position_ = 0;
  bool at_end_ = false;
  Refusal refusal_ = Refusal::kTooLarge;  // Should libpng get no memory to begin with.
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
};

uint32_t BigEndian32(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// The size is in the first chunk: signature, length, "IHDR", width, height.
absl::Status CheckStatedSize(absl::string_view bytes, const DecodeLimits& limits) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return absl::OkStatus();
  return CheckSize(BigEndian32(bytes, 16), BigEndian32(bytes, 20), limits);
}

}  // namespace

absl::StatusOr<Image> DecodePng(absl::string_view bytes, const DecodeLimits& limits) {
  FOVEA_RETURN_IF_ERROR(CheckStatedSize(bytes, limits));
  PngDecoder decoder(bytes);
  if (!decoder.ReadHeader()) return RefuseDamaged(decoder.refusal());
  FOVEA_RETURN_IF_ERROR(CheckSize(decoder.width(), decoder.height(), limits));

  Image image =
      BlankImage(static_cast<int>(decoder.width()), static_cast<int>(decoder.height()));
  if (!decoder.ReadPixels(image.rgb.data())) return RefuseDamaged(decoder.refusal());
  return image;
}

}  // namespace fovea
