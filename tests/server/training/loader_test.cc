#include "server/training/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/training/sampler.h"
#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

class LoaderTest : public testing::Test {
 protected:
  LoaderTest() : items_(PaintItems(temp_.path(), 23)) {
    options_ = SmallCacheOptions(temp_.path(), items_);
    cache_ = ImageCache::Open(options_, items_, StopSignal(), [](const CacheProgress&) {}).value();
  }

  // All floats of an epoch with so many threads, from `first_batch` on.
  std::vector<float> Epoch(int threads, int64_t first_batch, uint64_t seed = 1) {
    std::vector<Sample> samples;
    for (const int64_t i : EpochOrder(seed, 1, 23)) {
      samples.push_back({static_cast<size_t>(i), items_[i].label});
    }
    Loader::Options loading{options_.spec, 4, threads, first_batch, 6};
    Loader loader(cache_.get(), samples, TrainingCrop(options_.spec, {}, seed, 1), loading);
    std::vector<float> all;
    for (int64_t i = first_batch; i < 6; ++i) {
      const Batch batch = loader.Next();
      EXPECT_EQ(batch.size, i < 5 ? 4 : 3);
      EXPECT_EQ(batch.labels[0], samples[i * 4].label);
      all.insert(all.end(), batch.inputs.get(), batch.inputs.get() + batch.size * 64 * 64 * 3);
    }
    return all;
  }

  const TempDir temp_;
  const std::vector<DatasetItem> items_;
  CacheOptions options_;
  std::unique_ptr<ImageCache> cache_;
};

TEST_F(LoaderTest, DoesNotDependOnTheNumberOfThreads) {
  const std::vector<float> one = Epoch(1, 0);
  EXPECT_TRUE(one == Epoch(2, 0));
  EXPECT_TRUE(one == Epoch(5, 0));
  EXPECT_FALSE(one == Epoch(1, 0, /*seed=*/2));
}

TEST_F(LoaderTest, GoesOnInTheMiddle) {
  const std::vector<float> all = Epoch(2, 0);
  const std::vector<float> rest = Epoch(3, 4);
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), all.end() - rest.size()));
}

TEST_F(LoaderTest, CanBeLeftWithBatchesUnread) {
  Loader::Options loading{options_.spec, 4, 3, 0, 2};
  std::vector<Sample> samples;
  for (size_t i = 0; i < 8; ++i) samples.push_back({i, 0});
  Loader loader(cache_.get(), samples, TestCrop(options_.spec), loading);
  loader.Next();
}

}  // namespace
}  // namespace fovea
