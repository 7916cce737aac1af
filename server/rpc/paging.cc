#include "server/rpc/paging.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {
constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 1000;
constexpr char kTokenPrefix[] = "after:";
}  // namespace

absl::StatusOr<int> PageSize(int32_t requested) {
  if (requested < 0) return FieldError("page_size", "must be 0 (the default, 50) or 1 to 1000");
  return requested == 0 ? kDefaultPage : std::min<int>(requested, kLargestPage);
}

std::string MakePageToken(const std::string& last_key) {
  return absl::WebSafeBase64Escape(absl::StrCat(kTokenPrefix, last_key));
}

absl::StatusOr<std::string> ParsePageToken(const std::string& token) {
  if (token.empty()) return std::string();
  std::string key;
  if (!absl::WebSafeBase64Unescape(token, &key) || !absl::StartsWith(key, kTokenPrefix)) {
    return FieldError("page_token", "is not one that this server gave; begin without one");
  }
  return key.substr(sizeof(kTokenPrefix) - 1);
}

}  // namespace fovea
