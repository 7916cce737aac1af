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
  std::vector<float> Epoch(int threads, int64_t first_batch, uint64_t seed = 1,
                           const Augmentation& augmentation = {},
                           Sampling sampling = Sampling::kShuffled) {
    std::vector<Sample> all_samples;
    for (size_t i = 0; i < 23; ++i) all_samples.push_back({i, items_[i].label});
    const std::vector<Sample> samples = EpochSamples(sampling, seed, 1, all_samples);
    Loader::Options loading{options_.spec, 4, threads, first_batch, 6};
    Loader loader(cache_.get(), samples, TrainingInput(options_.spec, augmentation, seed, 1), loading);
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

TEST_F(LoaderTest, AugmentationDoesNotDependOnTheNumberOfThreads) {
  Augmentation all;
  all.random_resized_crop_min_area = 0.3;
  all.rotation_degrees = 90;
  all.scale_jitter = 0.2;
  all.brightness_jitter = all.contrast_jitter = all.saturation_jitter = 0.3;
  const std::vector<float> one = Epoch(1, 0, 1, all, Sampling::kClassBalanced);
  EXPECT_TRUE(one == Epoch(3, 0, 1, all, Sampling::kClassBalanced));
  EXPECT_FALSE(one == Epoch(1, 0, 1, {}, Sampling::kClassBalanced));
  const std::vector<float> rest = Epoch(2, 4, 1, all, Sampling::kClassBalanced);
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), one.end() - rest.size()));
}

TEST_F(LoaderTest, APhotographThatIsDrawnAgainLooksDifferent) {
  const InputFunction input = TrainingInput(options_.spec, {}, 1, 1);
  std::vector<float> first(64 * 64 * 3), again(first), second(first);
  input({5, 0, 0}, cache_->Get(5), first.data());
  input({5, 0, 0}, cache_->Get(5), again.data());
  input({5, 0, 1}, cache_->Get(5), second.data());
  EXPECT_TRUE(first == again);
  EXPECT_FALSE(first == second);
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
  Loader loader(cache_.get(), samples, TestInput(options_.spec), loading);
  loader.Next();
}

}  // namespace
}  // namespace fovea
