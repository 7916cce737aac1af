#include "common/evaluation/bootstrap.h"

#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "common/base/cores.h"
#include "common/base/random_stream.h"
#include "common/base/status.h"
#include "common/base/thread.h"

namespace fovea {
namespace {

absl::Status CheckOptions(const BootstrapOptions& options) {
  if (options.resamples < 1) {
    return FieldError("resamples", absl::StrCat(options.resamples, "; allowed are 1 and more"));
  }
  if (options.threads < 0) {
    return FieldError("threads", absl::StrCat(options.threads, "; allowed are 0 and more"));
  }
  return absl::OkStatus();
}

int ThreadCount(const BootstrapOptions& options) {
  const int cores = AvailableCores();
  return std::min(options.threads == 0 ? cores : options.threads, options.resamples);
}

std::vector<size_t> Draw(const std::vector<std::vector<size_t>>& groups, RandomStream random) {
  std::vector<size_t> images;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::vector<size_t>& group = groups[random.Below(groups.size())];
    images.insert(images.end(), group.begin(), group.end());
  }
  return images;
}

// [row][column] to [column][row]; all rows are as long as the first.
std::vector<std::vector<double>> Transposed(const std::vector<std::vector<double>>& rows) {
  std::vector<std::vector<double>> columns(rows.front().size());
  for (const std::vector<double>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
  }
  return columns;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<double>>> Bootstrap(
    const std::vector<std::vector<size_t>>& groups, const Statistics& statistics,
    const BootstrapOptions& options) {
  FOVEA_RETURN_IF_ERROR(CheckOptions(options));
  if (groups.empty()) return FieldError("groups", "none; at least one is needed");
  std::vector<std::vector<double>> by_resample(static_cast<size_t>(options.resamples));
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < by_resample.size(); i = next++) {
      by_resample[i] = statistics(Draw(groups, RandomStream({options.seed, i})));
    }
  };
  {
    std::vector<Thread> threads;  // Joined at the end of the block.
    for (int i = 0; i < ThreadCount(options); ++i) threads.emplace_back("bootstrap", work);
  }
  return Transposed(by_resample);
}

}  // namespace fovea
