#include "common/dataset/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/random_stream.h"
#include "common/base/status.h"

namespace fovea {
namespace {

struct Patient {
  int32_t highest_label = 0;
  std::vector<size_t> items;
};

// By a key that sorts the same whatever the order of the items.
std::map<std::string, Patient> GroupByPatient(const std::vector<DatasetItem>& items) {
  std::map<std::string, Patient> patients;
  for (size_t i = 0; i < items.size(); ++i) {
    const DatasetItem& item = items[i];
    // The prefixes keep a path and a patient of the same text apart.
    const std::string key = item.patient.empty() ? absl::StrCat("path ", item.path)
                                                 : absl::StrCat("id ", item.patient);
    Patient& patient = patients[key];
    patient.highest_label = std::max(patient.highest_label, item.label);
    patient.items.push_back(i);
  }
  return patients;
}

size_t TestCount(size_t patients, double share) {
  if (patients < 2) return 0;
  const size_t nearest = static_cast<size_t>(std::floor(patients * share + 0.5));
  return std::clamp<size_t>(nearest, 1, patients - 1);
}

// Moves `count` patients drawn without replacement to the front (Fisher and Yates).
void DrawToFront(RandomStream random, size_t count, std::vector<const Patient*>* patients) {
  for (size_t i = 0; i < count; ++i) {
    const size_t pick = i + random.Below(patients->size() - i);
    std::swap((*patients)[i], (*patients)[pick]);
  }
}

}  // namespace

absl::Status SplitByPatient(double test_share, uint64_t seed, std::vector<DatasetItem>* items) {
  if (!(test_share > 0 && test_share < 1)) {
    return FieldError("test_share", "must be above 0 and below 1");
  }
  const std::map<std::string, Patient> patients = GroupByPatient(*items);
  std::map<int32_t, std::vector<const Patient*>> strata;
  for (const auto& [key, patient] : patients) strata[patient.highest_label].push_back(&patient);

  for (DatasetItem& item : *items) item.part = Part::kTrain;
  size_t test_patients = 0;
  for (auto& [label, stratum] : strata) {
    const size_t count = TestCount(stratum.size(), test_share);
    DrawToFront(RandomStream({seed, static_cast<uint64_t>(label)}), count, &stratum);
    for (size_t i = 0; i < count; ++i) {
      for (const size_t index : stratum[i]->items) (*items)[index].part = Part::kTest;
    }
    test_patients += count;
  }
  if (test_patients > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(patients.size(), " patients are too few for a test part; needed are two whose "
                   "highest grade is equal, or a test part of your own"));
}

}  // namespace fovea
