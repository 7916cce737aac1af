#include "server/training/photographs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/sha256.h"
#include "common/base/status.h"

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

void Select(const std::vector<std::string>& class_names, Photographs* photographs) {
  std::vector<bool> is_bad(photographs->items.size());
  for (const ImageCache::BadItem& bad : photographs->cache->bad()) is_bad[bad.item] = true;
  photographs->train_class_counts.assign(class_names.size(), 0);
  photographs->test_class_counts.assign(class_names.size(), 0);
  Sha256 digest;
  for (size_t i = 0; i < photographs->items.size(); ++i) {
    if (is_bad[i]) continue;
    const DatasetItem& item = photographs->items[i];
    const bool train = item.part == Part::kTrain;
    (train ? photographs->train : photographs->test).push_back({i, item.label});
    ++(train ? photographs->train_class_counts : photographs->test_class_counts)[item.label];
    digest.Update(absl::StrCat(i, " ", item.sha256, " ", item.label, " ", train, "\n"));
  }
  photographs->digest = digest.FinishHex();
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
  Select(attempt.class_names, &photographs);
  if (photographs.train.empty() || photographs.test.empty()) {
    return absl::FailedPreconditionError(
        "dataset: one of the parts has no usable photograph, both train and test need some");
  }
  return photographs;
}

}  // namespace fovea
