#include "common/base/names.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr size_t kMaxId = 63;
constexpr size_t kMaxPath = 1024;
constexpr size_t kMaxPathPart = 255;

bool IsIdChar(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
}

// How many bytes follow the first one of a character; -1 for a byte that begins none.
int ContinuationBytes(unsigned char lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead < 0xE0) return 1;
  if (lead >= 0xE0 && lead < 0xF0) return 2;
  if (lead >= 0xF0 && lead < 0xF5) return 3;
  return -1;
}

// Well-formed UTF-8 by RFC 3629 (no overlong forms, no surrogates).
bool IsUtf8(absl::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const unsigned char lead = text[i];
    const int extra = ContinuationBytes(lead);
    if (extra < 0 || i + extra >= text.size()) return false;
    for (int k = 1; k <= extra; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = extra > 0 ? text[i + 1] : 0;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90)) {
      return false;
    }
    i += extra + 1;
  }
  return true;
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  // Ids and leases that could be guessed are worse than none.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    std::abort();
  }
  return bytes;
}

}  // namespace

absl::Status ValidateId(absl::string_view field, absl::string_view id) {
  const bool ok = !id.empty() && id.size() <= kMaxId && absl::ascii_islower(id[0]) &&
                  std::all_of(id.begin(), id.end(), IsIdChar);
  if (ok) return absl::OkStatus();
  return FieldError(field, absl::StrCat("\"", absl::CHexEscape(id.substr(0, 80)),
                                        "\" is not an id: 1 to 63 lower-case letters, digits and "
                                        "hyphens, beginning with a letter"));
}

absl::StatusOr<std::string> ParseName(absl::string_view field, absl::string_view collection,
                                      absl::string_view name) {
  const std::string prefix = absl::StrCat(collection, "/");
  if (!absl::StartsWith(name, prefix)) {
    return FieldError(field, absl::StrCat("\"", absl::CHexEscape(name.substr(0, 80)),
                                          "\" is not of the form ", prefix, "ID"));
  }
  name.remove_prefix(prefix.size());
  FOVEA_RETURN_IF_ERROR(ValidateId(field, name));
  return std::string(name);
}

absl::StatusOr<ModelRef> ParseModelRef(absl::string_view field, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  const auto bad_form = [&] {
    return FieldError(field, absl::StrCat("\"", absl::CHexEscape(name.substr(0, 80)),
                                          "\" is not of the form models/ID, "
                                          "models/ID/versions/N or models/ID/aliases/ALIAS"));
  };
  if ((parts.size() != 2 && parts.size() != 4) || parts[0] != "models") return bad_form();
  ModelRef ref;
  FOVEA_RETURN_IF_ERROR(ValidateId(field, parts[1]));
  ref.model_id = std::string(parts[1]);
  if (parts.size() == 2) return ref;
  if (parts[2] == "versions") {
    if (!absl::SimpleAtoi(parts[3], &ref.version) || ref.version < 1 ||
        absl::StrCat(ref.version) != parts[3]) {
      return FieldError(field, "version must be a number from 1");
    }
    return ref;
  }
  if (parts[2] != "aliases") return bad_form();
  FOVEA_RETURN_IF_ERROR(ValidateId(field, parts[3]));
  ref.alias = std::string(parts[3]);
  return ref;
}

std::string JobName(absl::string_view id) { return absl::StrCat("jobs/", id); }
std::string EvaluationName(absl::string_view id) { return absl::StrCat("evaluations/", id); }
std::string DatasetName(absl::string_view id) { return absl::StrCat("datasets/", id); }
std::string ModelName(absl::string_view id) { return absl::StrCat("models/", id); }
std::string ModelVersionName(absl::string_view id, int32_t version) {
  return absl::StrCat("models/", id, "/versions/", version);
}

absl::Status ValidateRelativePath(absl::string_view field, absl::string_view path) {
  const auto refuse = [&](absl::string_view why) {
    return FieldError(field, absl::StrCat("\"", absl::CHexEscape(path.substr(0, 80)), "\" ", why,
                                          "; allowed are relative paths with forward slashes"));
  };
  if (path.empty()) return FieldError(field, "must not be empty");
  if (path.size() > kMaxPath) return refuse("is longer than 1024 bytes");
  if (path.front() == '/') return refuse("is absolute");
  if (!IsUtf8(path)) return refuse("is not UTF-8");
  for (const char c : path) {
    if (absl::ascii_iscntrl(c) || c == '\\') return refuse("has a control character or backslash");
  }
  const std::string lower = absl::AsciiStrToLower(path);
  for (const absl::string_view code : {"%2e", "%2f", "%5c", "%00", "%25"}) {
    if (absl::StrContains(lower, code)) return refuse("has a percent-encoded separator");
  }
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") return refuse("has an empty, . or .. part");
    if (part.size() > kMaxPathPart) return refuse("has a part longer than 255 bytes");
  }
  return absl::OkStatus();
}

std::string MakeId(absl::string_view prefix) {
  constexpr absl::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  std::string random = RandomBytes(8);
  for (char& c : random) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return absl::StrCat(prefix, "-",
                      absl::FormatTime("%Y%m%d", absl::Now(), absl::UTCTimeZone()), "-", random);
}

std::string MakeSecret() { return absl::BytesToHexString(RandomBytes(16)); }

}  // namespace fovea
