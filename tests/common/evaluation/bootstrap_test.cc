#include "common/evaluation/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Of each resample: its number of images, the sum of them, and whether image 0 is absent.
std::vector<double> Describe(const std::vector<size_t>& images) {
  const double sum = std::accumulate(images.begin(), images.end(), 0.0);
  const bool absent = std::find(images.begin(), images.end(), 0u) == images.end();
  return {static_cast<double>(images.size()), sum, absent ? 1.0 : 0.0};
}

const std::vector<std::vector<size_t>> kGroups = {{0}, {1, 2, 3}, {4}, {5, 6}, {7}};

TEST(Bootstrap, ResultDoesNotDependOnThreads) {
  const auto one = *Bootstrap(kGroups, Describe, {.resamples = 300, .seed = 5, .threads = 1});
  ASSERT_EQ(one.size(), 3u);
  ASSERT_EQ(one[0].size(), 300u);
  for (const int threads : {0, 2, 7, 1000}) {
    EXPECT_EQ(*Bootstrap(kGroups, Describe, {.resamples = 300, .seed = 5, .threads = threads}), one)
        << threads;
  }
  EXPECT_NE(*Bootstrap(kGroups, Describe, {.resamples = 300, .seed = 6}), one);
}

// Published intervals depend on these draws.
TEST(Bootstrap, DrawsAreFixed) {
  EXPECT_THAT((*Bootstrap(kGroups, Describe, {.resamples = 6, .seed = 1}))[1],
              ElementsAre(15, 39, 44, 41, 21, 28));
}

TEST(Bootstrap, FirstResamplesStayWhenThereAreMore) {
  std::vector<double> many = (*Bootstrap(kGroups, Describe, {.resamples = 50}))[1];
  many.resize(20);
  EXPECT_EQ((*Bootstrap(kGroups, Describe, {.resamples = 20}))[1], many);
}

TEST(Bootstrap, ImagesOfAGroupMoveTogether) {
  const auto whole_groups = [](const std::vector<size_t>& images) {
    const auto times = [&](size_t image) {
      return std::count(images.begin(), images.end(), image);
    };
    const bool together = times(1) == times(2) && times(2) == times(3) && times(5) == times(6);
    return std::vector<double>{together ? 1.0 : 0.0};
  };
  const auto together = *Bootstrap(kGroups, whole_groups, {});
  EXPECT_EQ(together[0], std::vector<double>(2000, 1.0));
}

TEST(Bootstrap, DrawsWithReplacement) {
  // A group of n is absent with probability (1 - 1/n)^n: 0.32768 for 5.
  const auto values = *Bootstrap(kGroups, Describe, {.resamples = 20000});
  EXPECT_NEAR(std::accumulate(values[2].begin(), values[2].end(), 0.0) / 20000, 0.32768, 0.015);
}

TEST(Bootstrap, RefusesWhatIsOutOfRange) {
  EXPECT_FALSE(Bootstrap({}, Describe, {}).ok());
  EXPECT_THAT(std::string(Bootstrap(kGroups, Describe, {.resamples = 0}).status().message()),
              HasSubstr("resamples: 0; allowed are 1 and more"));
  EXPECT_THAT(std::string(Bootstrap(kGroups, Describe, {.threads = -1}).status().message()),
              HasSubstr("threads: -1; allowed are 0 and more"));
}

}  // namespace
}  // namespace fovea
