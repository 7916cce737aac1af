// The safetensors file format, read strictly and written deterministically. No Torch.
//
//   8 bytes little-endian N | N bytes of JSON | the tensors' bytes, without gaps
//
// The JSON maps names to {"dtype", "shape", "data_offsets": [begin, end]}, and "__metadata__" to an
// object of strings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

enum class DType { kBool, kU8, kI8, kU16, kI16, kF16, kBF16, kU32, kI32, kF32, kU64, kI64, kF64 };

// For instance "F32".
absl::string_view DTypeName(DType dtype);
int64_t DTypeSize(DType dtype);  // Bytes of one element.

struct TensorSpec {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;  // Row-major; empty for a scalar.

  bool operator==(const TensorSpec&) const = default;
};

// Bytes of all elements, or nothing useful (-1) when that overflows 63 bits. Sides are >= 0.
int64_t TensorBytes(const TensorSpec& spec);

using Metadata = std::map<std::string, std::string>;

// A checked file in memory. Immutable. Borrows the bytes it was made from.
class SafetensorsView {
 public:
  struct Entry {
    TensorSpec spec;
    absl::string_view data;  // Exactly TensorBytes(spec), little-endian.
  };

  static constexpr uint64_t kMaxHeaderBytes = 16 << 20;  // That of a ResNet is 20 kB.
  static constexpr size_t kMaxDims = 16;

  // INVALID_ARGUMENT "safetensors: ..." unless every byte of the file is accounted for: a header of
  // at most kMaxHeaderBytes that is one JSON object with the fields above and no other, no name
  // twice, known types, and tensors that fill the rest of the file without gap or overlap, each as
  // long as its shape says.
  static absl::StatusOr<SafetensorsView> Parse(absl::string_view file);

  const std::map<std::string, Entry>& tensors() const { return tensors_; }
  const Metadata& metadata() const { return metadata_; }

 private:
  std::map<std::string, Entry> tensors_;
  Metadata metadata_;
};

// Takes the pieces of a file in order; an error ends the writing.
using ByteSink = std::function<absl::Status(absl::string_view)>;

// Writes a file piece by piece: the header, then each tensor as `data` gives it. One tensor is
// asked for at a time; its bytes need to live until the next call. The order is by element size,
// largest first (so that every tensor is aligned), then by name; the same input gives the same
// file. INVALID_ARGUMENT for a tensor named "__metadata__"; INTERNAL when `data` gives another
// number of bytes than the spec says.
absl::Status WriteSafetensors(
    const std::map<std::string, TensorSpec>& tensors, const Metadata& metadata,
    const std::function<absl::StatusOr<absl::string_view>(const std::string& name)>& data,
    const ByteSink& sink);

}  // namespace fovea
