#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/dataset/index.h"
#include "common/dataset/layout.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::HasSubstr;

TEST(HashItems, HashesWithAnyNumberOfThreads) {
  const TempFolder folder;
  std::vector<DatasetItem> items;
  for (int i = 0; i < 100; ++i) {
    const std::string path = absl::StrCat("p", i, ".jpg");
    folder.Write(path, std::string(i * 5000, static_cast<char>(i)));
    items.push_back({.path = path});
  }
  for (const int threads : {0, 1, 7}) {
    std::vector<DatasetItem> hashed = items;
    int64_t calls = 0;
    const auto progress = [&](int64_t done, int64_t total) {
      EXPECT_EQ(done, ++calls);
      EXPECT_EQ(total, 100);
    };
    ASSERT_TRUE(HashItems(folder.path(), threads, progress, &hashed).ok());
    EXPECT_EQ(calls, 100);
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(hashed[i].size, i * 5000);
      EXPECT_EQ(hashed[i].sha256, Sha256Hex(std::string(i * 5000, static_cast<char>(i))));
    }
  }
}

TEST(HashItems, RefusesWhatIsNotAFileBeneathTheFolder) {
  const TempFolder outside;
  outside.Write("secret.jpg", "secret");
  const TempFolder folder;
  folder.Link(outside / "secret.jpg", "link.jpg");
  folder.Write("folder.jpg/x.txt", "");
  ASSERT_EQ(mkfifo((folder / "pipe.jpg").c_str(), 0600), 0);
  for (const char* path : {"link.jpg", "folder.jpg", "pipe.jpg", "absent.jpg", "../x.jpg"}) {
    std::vector<DatasetItem> items = {{.path = path}};
    EXPECT_FALSE(HashItems(folder.path(), 2, nullptr, &items).ok()) << path;
  }
}

TEST(ReadItem, ReadsInPlaceAndByHash) {
  const TempFolder folder;
  const std::string hash = Sha256Hex("bytes");
  EXPECT_EQ(HashPath(hash), absl::StrCat(hash.substr(0, 2), "/", hash));
  folder.Write("a/b.jpg", "bytes");
  folder.Write(HashPath(hash), "bytes");
  const DatasetItem item = {.path = "a/b.jpg", .sha256 = hash, .size = 5};
  EXPECT_EQ(*ReadItem({folder.path(), false}, item, 100), "bytes");
  EXPECT_EQ(*ReadItem({folder.path(), true}, item, 100), "bytes");
  EXPECT_EQ(ReadItem({folder.path(), false}, item, 4).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ReadItem, SeesThatContentChanged) {
  const TempFolder folder;
  folder.Write("b.jpg", "other");
  const DatasetItem item = {.path = "b.jpg", .sha256 = Sha256Hex("bytes"), .size = 5};
  EXPECT_EQ(ReadItem({folder.path(), false}, item, 100).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(ReadItem, NeverLeavesTheFolder) {
  const TempFolder outside;
  outside.Write("secret.jpg", "secret");
  const TempFolder folder;
  folder.Link(outside / "secret.jpg", "link.jpg");
  folder.Link(outside.path(), "dir");
  for (const std::string& path : {std::string("link.jpg"), std::string("dir/secret.jpg"),
                                  outside / "secret.jpg", std::string("../x")}) {
    EXPECT_FALSE(ReadItem({folder.path(), false}, {.path = path}, 100).ok()) << path;
  }
  const DatasetItem bad_hash = {.path = "x", .sha256 = "../../secret"};
  EXPECT_FALSE(ReadItem({folder.path(), true}, bad_hash, 100).ok());
  EXPECT_FALSE(ReadItem({folder.path(), true}, {.path = "x"}, 100).ok());
}

}  // namespace
}  // namespace fovea
