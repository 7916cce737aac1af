#include "server/training/validation_part.h"

#include "common/dataset/split.h"

namespace fovea {
namespace {

// So that the draw has nothing in common with the split of a data set by the same seed.
constexpr uint64_t kStream = 0x76616c6964617465;

}  // namespace

std::vector<bool> DrawValidationPart(double share, uint64_t seed,
                                     const std::vector<DatasetItem>& items) {
  std::vector<bool> drawn(items.size());
  if (share == 0) return drawn;
  std::vector<DatasetItem> train;
  for (const DatasetItem& item : items) {
    if (item.part == Part::kTrain) train.push_back(item);
  }
  if (!SplitByPatient(share, seed ^ kStream, &train).ok()) return drawn;  // Too few patients.
  auto next = train.begin();
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].part == Part::kTrain) drawn[i] = (next++)->part == Part::kTest;
  }
  return drawn;
}

}  // namespace fovea
