#include "server/model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/status.h"
#include "server/model/safetensors_header.h"

namespace fovea {
namespace {

using safetensors_internal::Header;
using safetensors_internal::HeaderEntry;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr size_t kLengthBytes = 8;

absl::Status Refuse(absl::string_view problem) { return FieldError("safetensors", problem); }

std::string Named(const std::string& name) {
  return absl::StrCat("tensor \"", absl::CHexEscape(name.substr(0, 120)), "\" ");
}

// Every tensor as long as its shape says, and one after the other through the whole buffer.
absl::Status CheckLayout(const Header& header, uint64_t buffer_bytes) {
  std::vector<std::pair<std::string, const HeaderEntry*>> ordered;
  for (const auto& [name, entry] : header.tensors) ordered.emplace_back(name, &entry);
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.second->begin, a.second->end) <
           std::make_pair(b.second->begin, b.second->end);
  });
  uint64_t position = 0;
  for (const auto& [name, entry] : ordered) {
    if (entry->end < entry->begin || entry->end > buffer_bytes) {
      return Refuse(Named(name) + "lies outside of the file");
    }
    const int64_t bytes = TensorBytes(entry->spec);
    if (bytes < 0 || static_cast<uint64_t>(bytes) != entry->end - entry->begin) {
      return Refuse(Named(name) + "has data_offsets that do not fit its shape and dtype");
    }
    if (entry->begin < position) return Refuse(Named(name) + "overlaps another");
    if (entry->begin > position) return Refuse(Named(name) + "comes after a gap");
    position = entry->end;
  }
  if (position == buffer_bytes) return absl::OkStatus();
  return Refuse(absl::StrCat("the file has ", buffer_bytes - position, " bytes after its tensors"));
}

}  // namespace

absl::string_view DTypeName(DType dtype) {
  switch (dtype) {
    case DType::kBool: return "BOOL";
    case DType::kU8: return "U8";
    case DType::kI8: return "I8";
    case DType::kU16: return "U16";
    case DType::kI16: return "I16";
    case DType::kF16: return "F16";
    case DType::kBF16: return "BF16";
    case DType::kU32: return "U32";
    case DType::kI32: return "I32";
    case DType::kF32: return "F32";
    case DType::kU64: return "U64";
    case DType::kI64: return "I64";
    case DType::kF64: return "F64";
  }
  return "";
}

int64_t DTypeSize(DType dtype) {
  if (dtype <= DType::kI8) return 1;
  if (dtype <= DType::kBF16) return 2;
  return dtype <= DType::kF32 ? 4 : 8;
}

int64_t TensorBytes(const TensorSpec& spec) {
  int64_t bytes = DTypeSize(spec.dtype);
  for (const int64_t side : spec.shape) {
    if (__builtin_mul_overflow(bytes, side, &bytes)) return -1;
  }
  return bytes;
}

absl::StatusOr<SafetensorsView> SafetensorsView::Parse(absl::string_view file) {
  uint64_t header_bytes = 0;
  if (file.size() < kLengthBytes) return Refuse("the file is shorter than 8 bytes");
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  file.remove_prefix(kLengthBytes);
  if (header_bytes > kMaxHeaderBytes) {
    return Refuse(absl::StrCat("the header claims ", header_bytes, " bytes, at most ",
                               kMaxHeaderBytes, " are allowed"));
  }
  if (header_bytes > file.size()) return Refuse("the header is cut off");
  const absl::string_view json = file.substr(0, header_bytes);
  const absl::string_view buffer = file.substr(header_bytes);
  if (json.empty() || json.front() != '{') return Refuse("the header does not begin with {");
  absl::StatusOr<Header> header = safetensors_internal::ParseHeader(json);
  if (!header.ok()) return Annotate(header.status(), "safetensors");
  FOVEA_RETURN_IF_ERROR(CheckLayout(*header, buffer.size()));

  SafetensorsView view;
  view.metadata_ = std::move(header->metadata);
  for (auto& [name, entry] : header->tensors) {
    view.tensors_[name] = {std::move(entry.spec),
                           buffer.substr(entry.begin, entry.end - entry.begin)};
  }
  return view;
}

absl::Status WriteSafetensors(
    const std::map<std::string, TensorSpec>& tensors, const Metadata& metadata,
    const std::function<absl::StatusOr<absl::string_view>(const std::string& name)>& data,
    const ByteSink& sink) {
  if (tensors.contains(safetensors_internal::kMetadataKey)) {
    return Refuse("a tensor must not be named __metadata__");
  }
  std::vector<std::string> names;
  for (const auto& [name, spec] : tensors) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return DTypeSize(tensors.at(a).dtype) > DTypeSize(tensors.at(b).dtype);
  });
  Header header;
  header.metadata = metadata;
  uint64_t position = 0;
  for (const std::string& name : names) {
    const TensorSpec& spec = tensors.at(name);
    const int64_t bytes = TensorBytes(spec);
    if (bytes < 0) return Refuse(Named(name) + "has too large a shape");
    header.tensors[name] = {spec, position, position + bytes};
    position += bytes;
  }
  std::string json = safetensors_internal::FormatHeader(header);
  json.resize((json.size() + 7) / 8 * 8, ' ');
  const uint64_t length = json.size();
  std::string start(reinterpret_cast<const char*>(&length), kLengthBytes);
  FOVEA_RETURN_IF_ERROR(sink(start + json));
  for (const std::string& name : names) {
    FOVEA_ASSIGN_OR_RETURN(const absl::string_view bytes, data(name));
    if (bytes.size() != static_cast<size_t>(TensorBytes(tensors.at(name)))) {
      return absl::InternalError(Named(name) + "has not the bytes that its shape needs");
    }
    FOVEA_RETURN_IF_ERROR(sink(bytes));
  }
  return absl::OkStatus();
}

}  // namespace fovea
