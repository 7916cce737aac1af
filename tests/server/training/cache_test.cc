#include "server/training/cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/preprocess/preprocess.h"
#include "server/training/cache_file.h"
#include "server/training/cache_lru.h"
#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class CacheTest : public testing::Test {
 protected:
  CacheTest() : items_(PaintItems(temp_.path(), 12)) {
    options_ = SmallCacheOptions(temp_.path(), items_);
  }

  absl::StatusOr<std::unique_ptr<ImageCache>> Open() {
    progress_ = {};
    return ImageCache::Open(options_, items_, stop_, [this](const CacheProgress& progress) {
      progress_ = progress;
      if (progress_hook_) progress_hook_();
    });
  }

  std::string FileOf(int item) { return JoinPath(options_.files.dir, items_[item].path); }

  std::string Find(const std::string& extension) {
    for (const auto& entry : std::filesystem::directory_iterator(options_.dir)) {
      if (entry.path().extension() == extension) return entry.path().string();
    }
    return "";
  }

  void ExpectAllEqual(const ImageCache& cache) {
    for (size_t i = 0; i < items_.size(); ++i) {
      const Image want =
          LoadImage(ReadFile(FileOf(static_cast<int>(i))).value(), options_.spec, {}).value();
      const ImageView got = cache.Get(i);
      ASSERT_EQ(got.width, want.width);
      ASSERT_EQ(got.height, want.height);
      EXPECT_TRUE(std::equal(want.rgb.begin(), want.rgb.end(), got.rgb)) << i;
      cache.Release(i);
      EXPECT_TRUE(std::equal(want.rgb.begin(), want.rgb.end(), got.rgb)) << "after Release";
    }
  }

  const TempDir temp_;
  std::vector<DatasetItem> items_;
  CacheOptions options_;
  StopSignal stop_;
  CacheProgress progress_;
  std::function<void()> progress_hook_;
};

TEST_F(CacheTest, HoldsWhatLoadImageGives) {
  const auto cache = Open();
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_TRUE((*cache)->bad().empty());
  EXPECT_EQ(progress_.done, 12);
  EXPECT_EQ(progress_.total, 12);
  ExpectAllEqual(**cache);
}

TEST_F(CacheTest, HoldsWhatServingSeesWithEveryPartOfTheSpec) {
  for (const bool crop : {false, true}) {
    for (const bool less_average : {false, true}) {
      options_.spec.crop_to_fundus = crop;
      options_.spec.subtract_local_average = less_average;
      const auto cache = Open();
      ASSERT_TRUE(cache.ok()) << cache.status();
      for (size_t i = 0; i < items_.size(); ++i) {
        const std::string bytes = ReadFile(FileOf(static_cast<int>(i))).value();
        const Image served = PrepareImage(DecodePhotograph(bytes, {}).value(), options_.spec).value();
        const ImageView cached = (*cache)->Get(i);
        ASSERT_EQ(cached.width, served.width);
        ASSERT_EQ(cached.height, served.height);
        EXPECT_TRUE(std::equal(served.rgb.begin(), served.rgb.end(), cached.rgb)) << i;
      }
    }
  }
  // Each combination has a cache of its own; they live beside each other.
  int caches = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.dir)) {
    caches += entry.path().extension() == ".data";
  }
  EXPECT_EQ(caches, 4);
}

TEST_F(CacheTest, HoldsWhatServingSeesOfScaledDecodes) {
  const std::string jpeg = EncodeJpeg(PaintPhantom({.patient = 1, .width = 1200, .height = 1100}));
  items_.resize(1);
  items_[0].path = "large.jpeg";
  items_[0].sha256 = Sha256Hex(jpeg);
  items_[0].size = static_cast<int64_t>(jpeg.size());
  ASSERT_TRUE(WriteFileAtomic(FileOf(0), jpeg).ok());
  std::vector<uint8_t> full;
  for (const bool scaled : {false, true}) {
    options_.spec.scaled_decode = scaled;
    const auto cache = Open();
    ASSERT_TRUE(cache.ok()) << cache.status();
    const DecodedImage decoded =
        DecodePhotograph(jpeg, {}, DecodeOptionsOf(options_.spec)).value();
    EXPECT_EQ(decoded.image.height, scaled ? 550 : 1100);
    const Image served = PrepareImage(decoded, options_.spec).value();
    const ImageView cached = (*cache)->Get(0);
    ASSERT_EQ(cached.width, served.width);
    EXPECT_TRUE(std::equal(served.rgb.begin(), served.rgb.end(), cached.rgb));
    EXPECT_NE(served.rgb, full) << "the cache of the full decode was taken";
    full = served.rgb;
  }
}

TEST_F(CacheTest, IsNotMadeTwice) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(RemoveAll(options_.files.dir).ok());
  const auto again = Open();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE((*again)->bad().empty());
}

TEST_F(CacheTest, MakesDamagedRecordsAnew) {
  ASSERT_TRUE(Open().ok());
  const FileDescriptor data(open(Find(".data").c_str(), O_RDWR));
  char byte = 0;
  ASSERT_EQ(pread(data.get(), &byte, 1, 1000), 1);
  byte = static_cast<char>(byte ^ 1);
  ASSERT_EQ(pwrite(data.get(), &byte, 1, 1000), 1);
  const auto cache = Open();
  ASSERT_TRUE(cache.ok());
  ExpectAllEqual(**cache);
}

TEST_F(CacheTest, GoesOnAfterAnInterruption) {
  // As a crash leaves it: the journal has some records and a torn line, no index, loose pixels.
  ASSERT_TRUE(Open().ok());
  const std::string index = Find(".index");
  std::string lines = ReadFile(index).value();
  size_t half = 0;
  for (int line = 0; line < 5; ++line) half = lines.find('\n', half) + 1;
  const std::string journal = index.substr(0, index.size() - 5) + "journal";
  ASSERT_TRUE(WriteFileAtomic(journal, lines.substr(0, half + 20)).ok());
  ASSERT_TRUE(RemoveAll(index).ok());
  const auto cache = Open();
  ASSERT_TRUE(cache.ok());
  EXPECT_EQ(progress_.done, 12);
  ExpectAllEqual(**cache);
  EXPECT_EQ(Find(".journal"), "");
}

TEST_F(CacheTest, StopsWhenAskedAndKeepsWhatItHas) {
  stop_.Request(StopSignal::Kind::kCancel);
  EXPECT_TRUE(absl::IsCancelled(Open().status()));
}

TEST_F(CacheTest, NamesBadPhotographsAndTriesThemAgain) {
  const std::string good = ReadFile(FileOf(3)).value();
  ASSERT_TRUE(WriteFileAtomic(FileOf(3), good.substr(0, good.size() / 2)).ok());
  ASSERT_TRUE(RemoveAll(FileOf(5)).ok());
  {
    const auto cache = Open();
    ASSERT_TRUE(cache.ok());
    ASSERT_EQ((*cache)->bad().size(), 2u);
    EXPECT_EQ((*cache)->bad()[0].item, 3u);
    EXPECT_THAT((*cache)->bad()[0].reason, HasSubstr("changed since"));
    EXPECT_EQ((*cache)->bad()[1].item, 5u);
    EXPECT_THAT((*cache)->bad()[1].reason, HasSubstr("missing"));
    EXPECT_EQ(progress_.bad, 2);
  }
  ASSERT_TRUE(WriteFileAtomic(FileOf(3), good).ok());
  const auto cache = Open();
  ASSERT_TRUE(cache.ok());
  ASSERT_EQ((*cache)->bad().size(), 1u);
  EXPECT_EQ((*cache)->bad()[0].item, 5u);
}

TEST_F(CacheTest, IsSharedWhileInUse) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const auto second = Open();
  ASSERT_TRUE(second.ok());
  ExpectAllEqual(**second);
}

TEST_F(CacheTest, EvictsTheLeastRecentlyUsedButNoneInUse) {
  auto first = Open();
  ASSERT_TRUE(first.ok());
  const std::string first_data = Find(".data");
  const int64_t size = static_cast<int64_t>(std::filesystem::file_size(first_data));
  options_.dataset_fingerprint = "another";
  options_.limit_bytes = size;
  auto second = Open();
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(std::filesystem::exists(first_data)) << "in use, though above the limit";
  first->reset();
  second->reset();
  options_.dataset_fingerprint = "a third";
  ASSERT_TRUE(Open().ok());
  EXPECT_FALSE(std::filesystem::exists(first_data));
}

TEST(CacheLines, StopAtTheFirstDamagedOne) {
  CacheEntry good;
  good.width = 3;
  good.height = 2;
  CacheEntry bad;
  bad.bad_reason = "image: truncated\ttab";
  const std::string a = Sha256Hex("a"), b = Sha256Hex("b");
  const std::string lines = CacheLine(a, good) + CacheLine(b, bad);
  const CacheEntries both = ParseCacheLines(lines);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both.at(b).bad_reason, bad.bad_reason);
  for (size_t i = 0; i < CacheLine(a, good).size(); ++i) {
    std::string damaged = lines;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    EXPECT_FALSE(ParseCacheLines(damaged).contains(a)) << i;
  }
}

}  // namespace
}  // namespace fovea
