#include "server/oip/tensor_contents.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace fovea {
namespace {

absl::Status WrongSize(absl::string_view raw, absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("has ", raw.size(), " bytes, the shape needs ", wanted));
}

}  // namespace

std::string ShapeText(absl::Span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ","), "]");
}

absl::StatusOr<std::vector<absl::string_view>> SplitRawRows(absl::string_view raw, int64_t count,
                                                            int64_t bytes) {
  if (static_cast<int64_t>(raw.size()) != count * bytes) {
    return WrongSize(raw, absl::StrCat(count * bytes));
  }
  std::vector<absl::string_view> rows;
  for (int64_t i = 0; i < count; ++i) rows.push_back(raw.substr(i * bytes, bytes));
  return rows;
}

absl::StatusOr<std::vector<absl::string_view>> SplitRawBytes(absl::string_view raw,
                                                             int64_t count) {
  std::vector<absl::string_view> elements;
  absl::string_view rest = raw;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t length = 0;
    if (rest.size() < sizeof(length)) {
      return WrongSize(raw, absl::StrCat(count, " elements with 4 bytes of length before each, and "
                                                "there are ", i));
    }
    std::memcpy(&length, rest.data(), sizeof(length));
    rest.remove_prefix(sizeof(length));
    if (rest.size() < length) {
      return WrongSize(raw, absl::StrCat("element ", i, " of ", length, " bytes, and ",
                                         rest.size(), " are left"));
    }
    elements.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (rest.empty()) return elements;
  return WrongSize(raw, absl::StrCat(raw.size() - rest.size(), " for its ", count, " elements"));
}

void AppendRawBytes(absl::string_view element, std::string* raw) {
  AppendRaw(static_cast<uint32_t>(element.size()), raw);
  raw->append(element.data(), element.size());
}

}  // namespace fovea
