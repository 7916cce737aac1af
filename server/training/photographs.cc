#include "server/training/photographs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/training/validation_part.h"

namespace fovea {
namespace {

void WarnOfBad(const Photographs& photographs, EventSink* sink) {
  const std::vector<ImageCache::BadItem>& bad = photographs.cache->bad();
  for (size_t begin = 0; begin < bad.size(); begin += kMaxBadImagesAnEvent) {
    const size_t end = std::min(begin + kMaxBadImagesAnEvent, bad.size());
    Warning warning;
    warning.message = absl::StrCat(bad.size(), " of ", photographs.items.size(),
                                   " photographs are corrupt or missing and left out");
    for (size_t i = begin; i < end; ++i) {
      warning.bad_images.push_back({photographs.items[bad[i].item].path, bad[i].reason});
    }
    sink->Emit(std::move(warning));
  }
}

absl::Status CheckBadShare(const Photographs& photographs, double allowed) {
  const double bad = static_cast<double>(photographs.cache->bad().size());
  const double share = bad / static_cast<double>(photographs.items.size());
  if (share <= allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "dataset: %d of %d photographs (%.2f %%) are corrupt or missing, max_bad_image_share allows "
      "%.2f %%; the job's warnings name them; mend the data set or raise the limit",
      static_cast<int64_t>(bad), photographs.items.size(), 100 * share, 100 * allowed));
}

struct Use {
  std::vector<Sample>* samples;
  std::vector<int64_t>* class_counts;
  char mark;  // In the digest.
};

void Select(const Attempt& attempt, Photographs* photographs) {
  std::vector<bool> is_bad(photographs->items.size());
  for (const ImageCache::BadItem& bad : photographs->cache->bad()) is_bad[bad.item] = true;
  const Use train = {&photographs->train, &photographs->train_class_counts, '1'};
  const Use validation = {&photographs->validation, &photographs->validation_class_counts, 'v'};
  const Use test = {&photographs->test, &photographs->test_class_counts, '0'};
  for (const Use& use : {train, validation, test}) {
    use.class_counts->assign(attempt.class_names.size(), 0);
  }
  const std::vector<bool> drawn = DrawValidationPart(
      attempt.options.recipe.validation_share, attempt.options.seed, photographs->items);
  Sha256 digest;
  for (size_t i = 0; i < photographs->items.size(); ++i) {
    if (is_bad[i]) continue;
    const DatasetItem& item = photographs->items[i];
    const Use& use = item.part == Part::kTest ? test : drawn[i] ? validation : train;
    use.samples->push_back({i, item.label});
    ++(*use.class_counts)[item.label];
    digest.Update(absl::StrCat(i, " ", item.sha256, " ", item.label, " ",
                               absl::string_view(&use.mark, 1), "\n"));
  }
  photographs->digest = digest.FinishHex();
}

absl::Status CheckValidationPart(const RecipeOptions& recipe, const Photographs& photographs,
                                 EventSink* sink) {
  if (recipe.validation_share == 0) return absl::OkStatus();
  const auto occurs = [](int64_t count) { return count > 0; };
  const std::vector<int64_t>& counts = photographs.validation_class_counts;
  const int64_t classes = std::count_if(counts.begin(), counts.end(), occurs);
  if (classes >= 2) return absl::OkStatus();
  if (NeedsValidation(recipe)) {
    return absl::FailedPreconditionError(
        "recipe.validation_share: the data set has too few patients for a validation part with two "
        "classes, which the recipe needs; add photographs, or train with best_epoch TEST_ACCURACY, "
        "early_stopping_patience 0 and target CLASSES");
  }
  if (classes == 1) return absl::OkStatus();
  sink->Emit(Warning{"the data set has too few patients for a validation part: the model version "
                     "will not be calibrated",
                     {}});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Photographs> OpenPhotographs(const Attempt& attempt, const StopSignal& stop,
                                            EventSink* sink) {
  Photographs photographs;
  FOVEA_ASSIGN_OR_RETURN(photographs.items, ReadIndex(attempt.index_path));
  FOVEA_RETURN_IF_ERROR(ValidateItems(photographs.items,
                                      static_cast<int>(attempt.class_names.size()),
                                      /*hashed=*/true));
  photographs.parts_share_patients = CountSharedPatients(photographs.items) > 0;

  CacheOptions options;
  options.dir = attempt.cache_dir;
  options.limit_bytes = attempt.cache_limit_bytes;
  options.dataset_fingerprint = attempt.dataset_fingerprint;
  options.spec = attempt.options.preprocess;
  options.limits = attempt.limits;
  options.files = attempt.files;
  options.threads = attempt.options.threads;
  FOVEA_ASSIGN_OR_RETURN(
      photographs.cache,
      ImageCache::Open(options, photographs.items, stop,
                       [sink](const CacheProgress& progress) { sink->Emit(progress); }));
  WarnOfBad(photographs, sink);
  FOVEA_RETURN_IF_ERROR(CheckBadShare(photographs, attempt.options.max_bad_image_share));
  Select(attempt, &photographs);
  if (photographs.train.empty() || photographs.test.empty()) {
    return absl::FailedPreconditionError(
        "dataset: one of the parts has no usable photograph, both train and test need some");
  }
  FOVEA_RETURN_IF_ERROR(CheckValidationPart(attempt.options.recipe, photographs, sink));
  return photographs;
}

}  // namespace fovea
