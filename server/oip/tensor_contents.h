// The bytes of tensors as the Open Inference Protocol lays them out.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace fovea {

// What is sent is little-endian, and taken as it is.
static_assert(std::endian::native == std::endian::little);

// As "[1,3,224,224]".
std::string ShapeText(absl::Span<const int64_t> shape);

// `count` parts of `bytes` bytes each. INVALID_ARGUMENT when `raw` has another size; the views are
// into it.
absl::StatusOr<std::vector<absl::string_view>> SplitRawRows(absl::string_view raw, int64_t count,
                                                            int64_t bytes);

// The elements of a BYTES tensor: 4 bytes of length, then so many bytes, `count` times and nothing
// after. INVALID_ARGUMENT for anything else; the views are into `raw`.
absl::StatusOr<std::vector<absl::string_view>> SplitRawBytes(absl::string_view raw, int64_t count);

// The way back, for one element.
void AppendRawBytes(absl::string_view element, std::string* raw);

// The bytes of a number; T is a type without padding.
template <typename T>
void AppendRaw(T value, std::string* raw) {
  raw->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace fovea
