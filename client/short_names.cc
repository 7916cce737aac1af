#include "client/short_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace fovea::client {
namespace {

constexpr size_t kMaxId = 63;

std::string InCollection(absl::string_view collection, const std::string& name) {
  const std::string prefix = absl::StrCat(collection, "/");
  return absl::StartsWith(name, prefix) ? name : absl::StrCat(prefix, name);
}

}  // namespace

std::string FullJobName(const std::string& name) { return InCollection("jobs", name); }
std::string FullEvaluationName(const std::string& name) {
  return InCollection("evaluations", name);
}
std::string FullDatasetName(const std::string& name) { return InCollection("datasets", name); }

std::string FullModelName(const std::string& name) {
  if (absl::StartsWith(name, "models/")) return name;
  const size_t at = name.find('@');
  if (at != std::string::npos) {
    return absl::StrCat("models/", name.substr(0, at), "/aliases/", name.substr(at + 1));
  }
  const size_t slash = name.find('/');
  if (slash != std::string::npos) {
    return absl::StrCat("models/", name.substr(0, slash), "/versions/", name.substr(slash + 1));
  }
  return absl::StrCat("models/", name);
}

std::string IdFromPath(absl::string_view path) {
  while (absl::ConsumeSuffix(&path, "/") || absl::ConsumeSuffix(&path, "/.")) {
  }
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  std::string id;
  for (const char c : path) {
    const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
    if (absl::ascii_isalnum(static_cast<unsigned char>(lower))) {
      id.push_back(lower);
    } else if (!id.empty() && id.back() != '-') {
      id.push_back('-');
    }
  }
  if (!id.empty() && absl::ascii_isdigit(static_cast<unsigned char>(id[0]))) id.insert(0, "d-");
  if (id.size() > kMaxId) id.resize(kMaxId);
  while (absl::EndsWith(id, "-")) id.pop_back();
  return id;
}

}  // namespace fovea::client
