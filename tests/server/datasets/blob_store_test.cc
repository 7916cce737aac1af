#include "server/datasets/blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/sha256.h"
#include "common/base/thread.h"
#include "common/dataset/index.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::HasSubstr;

class BlobStoreTest : public ::testing::Test {
 protected:
  BlobStoreTest() : store_(*BlobStore::Open(folder_.path())) {}

  // The hash of what was written.
  std::string Put(const std::string& content) {
    const std::string hash = Sha256Hex(content);
    const auto writer = *store_->Write(hash, static_cast<int64_t>(content.size()));
    EXPECT_TRUE(writer->Append(content).ok());
    EXPECT_TRUE(writer->Finish().ok());
    return hash;
  }
  bool Has(const std::string& hash) { return store_->Size(hash).ok(); }
  size_t TemporaryFiles() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(folder_ / "tmp")) {
      ++count;
    }
    return count;
  }

  const TempFolder folder_;
  const std::unique_ptr<BlobStore> store_;
};

TEST_F(BlobStoreTest, WritesInPieces) {
  const std::string hash = Sha256Hex("abcdef");
  {
    const auto writer = *store_->Write(hash, 6);
    ASSERT_TRUE(writer->Append("abc").ok());
    EXPECT_FALSE(writer->complete());
    EXPECT_FALSE(Has(hash));
    ASSERT_TRUE(writer->Append("").ok());
    ASSERT_TRUE(writer->Append("def").ok());
    EXPECT_TRUE(writer->complete());
    ASSERT_TRUE(writer->Finish().ok());
  }
  EXPECT_EQ(*store_->Size(hash), 6);
  EXPECT_EQ(*ReadFile(folder_ / HashPath(hash)), "abcdef");
  EXPECT_TRUE(store_->Sync({hash}).ok());
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(BlobStoreTest, RefusesWrongHashAndTooManyBytes) {
  const std::string hash = Sha256Hex("abc");
  {
    const auto writer = *store_->Write(hash, 3);
    ASSERT_TRUE(writer->Append("abd").ok());
    const absl::Status status = writer->Finish();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(Sha256Hex("abd")));
  }
  {
    const auto writer = *store_->Write(hash, 3);
    EXPECT_EQ(writer->Append("abcd").code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(Has(hash));
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(BlobStoreTest, RemovesOnlyWhatNobodyNames) {
  const std::string shared = Put("shared");
  const std::string own = Put("own");
  store_->Refer({shared, own, own}).Keep();
  BlobReferences upload = store_->Refer({shared});
  ASSERT_TRUE(store_->RemoveUnnamed({own, shared}).ok());
  EXPECT_FALSE(Has(own));
  EXPECT_TRUE(Has(shared));
  // The end of an upload takes nothing away, the next removal does.
  upload = BlobReferences();
  EXPECT_TRUE(Has(shared));
  ASSERT_TRUE(store_->RemoveUnnamed({shared}).ok());
  EXPECT_FALSE(Has(shared));
}

TEST_F(BlobStoreTest, CleansUpByAge) {
  const std::string named = Put("named");
  const std::string unnamed = Put("unnamed");
  store_->Refer({named}).Keep();
  EXPECT_EQ(*store_->RemoveUnnamedBefore(absl::Now() - absl::Hours(1)), 0);
  EXPECT_EQ(*store_->RemoveUnnamedBefore(absl::Now() + absl::Hours(1)), 1);
  EXPECT_TRUE(Has(named));
  EXPECT_FALSE(Has(unnamed));
}

TEST_F(BlobStoreTest, OpenEmptiesTheTemporaryFolder) {
  folder_.Write("tmp/left-by-a-crash", "x");
  ASSERT_TRUE(BlobStore::Open(folder_.path()).ok());
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(BlobStoreTest, ManyWritersOfOneContent) {
  const std::string content(100000, 'x');
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back(absl::StrCat("writer-", i), [&] { Put(content); });
    }
  }
  EXPECT_EQ(*store_->Size(Sha256Hex(content)), 100000);
  EXPECT_EQ(TemporaryFiles(), 0u);
}

// A file that is named before the removal gets to it is kept, whatever the order of threads.
TEST_F(BlobStoreTest, RemovalNeverTakesAReferredFile) {
  for (int round = 0; round < 50; ++round) {
    const std::string hash = Put(absl::StrCat("round ", round));
    store_->Refer({hash}).Keep();
    BlobReferences references;
    bool seen = false;
    {
      Thread remover("remover", [&] { EXPECT_TRUE(store_->RemoveUnnamed({hash}).ok()); });
      references = store_->Refer({hash});
      seen = Has(hash);
    }
    EXPECT_EQ(Has(hash), seen);
  }
}

}  // namespace
}  // namespace fovea
