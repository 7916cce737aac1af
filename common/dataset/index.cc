#include "common/dataset/index.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/sha256.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr size_t kMaxPatientBytes = 255;

absl::Status ValidateItem(const DatasetItem& item, const std::string& field, int num_classes,
                          bool hashed) {
  FOVEA_RETURN_IF_ERROR(ValidateRelativePath(absl::StrCat(field, ".path"), item.path));
  if (item.label < 0 || item.label >= num_classes) {
    return FieldError(absl::StrCat(field, ".label"),
                      absl::StrCat(item.label, " is outside 0 to ", num_classes - 1));
  }
  if (item.patient.size() > kMaxPatientBytes) {
    return FieldError(absl::StrCat(field, ".patient"), "is longer than 255 bytes");
  }
  if ((hashed || !item.sha256.empty()) && !IsSha256Hex(item.sha256)) {
    return FieldError(absl::StrCat(field, ".sha256"), "must be 64 lower-case hex digits");
  }
  if (item.size < 0) return FieldError(absl::StrCat(field, ".size"), "must not be negative");
  return absl::OkStatus();
}

absl::string_view PartName(Part part) { return part == Part::kTrain ? "train" : "test"; }

}  // namespace

absl::Status ValidateItems(const std::vector<DatasetItem>& items, int num_classes, bool hashed) {
  if (num_classes < 2) return FieldError("class_names", "needed are two classes or more");
  if (items.empty()) return FieldError("items", "must not be empty");
  absl::flat_hash_set<absl::string_view> paths;
  bool has_train = false;
  bool has_test = false;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string field = absl::StrCat("items[", i, "]");
    FOVEA_RETURN_IF_ERROR(ValidateItem(items[i], field, num_classes, hashed));
    if (!paths.insert(items[i].path).second) {
      return FieldError(absl::StrCat(field, ".path"),
                        absl::StrCat("\"", absl::CHexEscape(items[i].path), "\" is repeated"));
    }
    (items[i].part == Part::kTrain ? has_train : has_test) = true;
  }
  if (!has_train) return FieldError("items", "no photograph is in the train part");
  if (!has_test) return FieldError("items", "no photograph is in the test part");
  return absl::OkStatus();
}

std::string DatasetFingerprint(const std::vector<DatasetItem>& items) {
  std::vector<std::string> lines;
  lines.reserve(items.size());
  for (const DatasetItem& item : items) {
    lines.push_back(absl::StrCat(item.sha256, " ", item.label, " ", PartName(item.part), "\n"));
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const std::string& line : lines) hash.Update(line);
  return hash.FinishHex();
}

std::vector<int64_t> CountClasses(const std::vector<DatasetItem>& items, Part part,
                                  int num_classes) {
  std::vector<int64_t> counts(num_classes, 0);
  for (const DatasetItem& item : items) {
    if (item.part == part && item.label >= 0 && item.label < num_classes) ++counts[item.label];
  }
  return counts;
}

int64_t CountSharedPatients(const std::vector<DatasetItem>& items) {
  absl::flat_hash_map<absl::string_view, int> parts;  // Bit 0: train, bit 1: test.
  for (const DatasetItem& item : items) {
    if (!item.patient.empty()) parts[item.patient] |= item.part == Part::kTrain ? 1 : 2;
  }
  return std::count_if(parts.begin(), parts.end(),
                       [](const auto& entry) { return entry.second == 3; });
}

}  // namespace fovea
