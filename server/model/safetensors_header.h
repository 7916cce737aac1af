// The JSON of a safetensors header, parsed as a stream. Internal to safetensors.cc.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/model/safetensors.h"

namespace fovea::safetensors_internal {

inline constexpr char kMetadataKey[] = "__metadata__";

struct HeaderEntry {
  TensorSpec spec;
  uint64_t begin = 0;  // In the buffer after the header.
  uint64_t end = 0;
};

struct Header {
  std::map<std::string, HeaderEntry> tensors;
  Metadata metadata;
};

// Checks the form alone: fields, their types, names given twice. Memory is bounded by a small
// multiple of the text, whatever the nesting. Errors without the "safetensors: " before them.
absl::StatusOr<Header> ParseHeader(absl::string_view json);

// The reverse, without padding; tensors in the order of their offsets.
std::string FormatHeader(const Header& header);

}  // namespace fovea::safetensors_internal
