#include "server/datasets/upload_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DatasetItem Item(const std::string& content, int label, Part part) {
  return {.path = content + ".jpg",
          .label = label,
          .part = part,
          .sha256 = Sha256Hex(content),
          .size = static_cast<int64_t>(content.size())};
}

class UploadSessionTest : public ::testing::Test {
 protected:
  UploadSessionTest()
      : catalogue_(*DatasetCatalogue::Open(
            {.data_dir = data_.path(), .dataset_root = "", .max_file_bytes = 3 << 20,
             .max_items = 5})) {}
  std::unique_ptr<UploadSession> Begin(const std::string& id = "set") {
    return *catalogue_->BeginUpload({id, {"a", "b"}, "as given"});
  }
  absl::Status Send(UploadSession* session, const std::string& content) {
    return session->AddChunk(Sha256Hex(content), content);
  }
  void ExpectRefused(const absl::Status& status, const std::string& text) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }

  const TempFolder data_;
  const std::unique_ptr<DatasetCatalogue> catalogue_;
  const std::vector<DatasetItem> items_ = {Item("first", 0, Part::kTrain),
                                           Item("second", 1, Part::kTest)};
};

TEST_F(UploadSessionTest, StoresWhatWasSent) {
  const auto session = Begin();
  ASSERT_TRUE(session->AddItems({items_[0]}).ok());
  ASSERT_TRUE(session->AddItems({items_[1]}).ok());
  ASSERT_TRUE(session->AddChunk(items_[0].sha256, "fi").ok());
  ASSERT_TRUE(session->AddChunk(items_[0].sha256, "rst").ok());
  ASSERT_TRUE(Send(session.get(), "second").ok());
  const auto stored = session->Finish();
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->fingerprint(), DatasetFingerprint(items_));
  EXPECT_EQ(stored->source_dir(), "");
  const auto found = catalogue_->Lookup("set");
  EXPECT_EQ(*ReadItem(found->files, items_[1], 100), "second");
}

TEST_F(UploadSessionTest, GoesOnWhereABrokenOneStopped) {
  {
    const auto broken = Begin();
    ASSERT_TRUE(broken->AddItems(items_).ok());
    ASSERT_TRUE(Send(broken.get(), "first").ok());
    ASSERT_TRUE(broken->AddChunk(items_[1].sha256, "sec").ok());
  }
  EXPECT_THAT(*catalogue_->FindMissing({items_[0].sha256, items_[1].sha256}),
              ElementsAre(items_[1].sha256));
  const auto session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(Send(session.get(), "second").ok());
  EXPECT_TRUE(session->Finish().ok());
  EXPECT_TRUE(std::filesystem::is_empty(data_ / "blobs/tmp"));
}

TEST_F(UploadSessionTest, ARetryAfterSuccessSucceeds) {
  for (int i = 0; i < 2; ++i) {
    const auto session = Begin();
    ASSERT_TRUE(session->AddItems(items_).ok());
    if (i == 0) {
      ASSERT_TRUE(Send(session.get(), "first").ok());
      ASSERT_TRUE(Send(session.get(), "second").ok());
    }
    EXPECT_TRUE(session->Finish().ok());
  }
}

TEST_F(UploadSessionTest, CountsWhatIsMissing) {
  const auto session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(Send(session.get(), "first").ok());
  ASSERT_TRUE(session->AddChunk(items_[1].sha256, "half").ok());
  const absl::Status status = session->Finish().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 of 2 files are missing"));
  EXPECT_EQ(catalogue_->Get("set").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(UploadSessionTest, RefusesOtherContentUnderAUsedIdBeforeTheFilesCome) {
  const auto session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(Send(session.get(), "first").ok());
  ASSERT_TRUE(Send(session.get(), "second").ok());
  ASSERT_TRUE(session->Finish().ok());

  const auto other = Begin();
  ASSERT_TRUE(other->AddItems({items_[0], Item("third", 1, Part::kTest)}).ok());
  EXPECT_EQ(Send(other.get(), "third").code(), absl::StatusCode::kAlreadyExists);

  auto renamed = *catalogue_->BeginUpload({"set", {"a", "c"}, ""});
  ASSERT_TRUE(renamed->AddItems(items_).ok());
  EXPECT_EQ(renamed->Finish().status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(UploadSessionTest, ChecksChunks) {
  auto session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ExpectRefused(Send(session.get(), "unknown"), "is not that of any item");

  session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(session->AddChunk(items_[0].sha256, "fi").ok());
  ExpectRefused(Send(session.get(), "second"), "has only 2 bytes of 5");

  session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ExpectRefused(session->AddChunk(items_[0].sha256, "first and more"), "more than the 5 bytes");

  session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ExpectRefused(session->AddChunk(items_[0].sha256, "wrong"), "has the hash");

  const std::string large((1 << 20) + 1, 'x');
  session = Begin();
  DatasetItem item = Item(large, 1, Part::kTest);
  item.path = "large.jpg";
  ASSERT_TRUE(session->AddItems({items_[0], item}).ok());
  ExpectRefused(Send(session.get(), large), "at most 1048576");
}

TEST_F(UploadSessionTest, ChecksSizes) {
  const auto refused = [&](int64_t size, const std::string& text) {
    std::vector<DatasetItem> items = items_;
    items[1].size = size;
    const auto session = Begin();
    ASSERT_TRUE(session->AddItems(items).ok());
    ExpectRefused(session->Finish().status(), text);
  };
  refused(0, "items[1].size: is 0; allowed are 1 to 3145728");
  refused(-1, "items[1].size");
  refused((3 << 20) + 1, "items[1].size");
}

TEST_F(UploadSessionTest, SizesOfOneContentMustAgree) {
  std::vector<DatasetItem> items = items_;
  items.push_back(items_[0]);
  items[2].path = "copy.jpg";
  items[2].size = 4;
  auto session = Begin();
  ASSERT_TRUE(session->AddItems(items).ok());
  ExpectRefused(session->Finish().status(), "items[2].size: is 4, but another item");

  // A file that is there already with another size than said.
  session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(Send(session.get(), "first").ok());
  items = items_;
  items[0].size = 4;
  session = Begin("other");
  ASSERT_TRUE(session->AddItems(items).ok());
  ASSERT_TRUE(Send(session.get(), "second").ok());
  ExpectRefused(session->Finish().status(), "has 5 bytes, but its item says 4");
}

TEST_F(UploadSessionTest, ChecksItems) {
  auto session = Begin();
  EXPECT_EQ(session->AddItems(std::vector<DatasetItem>(6, items_[0])).code(),
            absl::StatusCode::kResourceExhausted);
  session = Begin();
  ExpectRefused(session->Finish().status(), "items: must not be empty");
  session = Begin();
  ASSERT_TRUE(session->AddItems(items_).ok());
  ASSERT_TRUE(Send(session.get(), "first").ok());
  ExpectRefused(session->AddItems(items_), "before the first chunk");
  for (const std::string& path :
       {std::string("../x"), std::string("/etc/passwd"), std::string("a/../../b"),
        std::string("a\\b"), std::string("a%2e%2e/b"), std::string("%252e"), std::string("a\0b", 3),
        std::string(1025, 'a'), std::string("a//b"), std::string()}) {
    std::vector<DatasetItem> items = items_;
    items[0].path = path;
    session = Begin();
    ASSERT_TRUE(session->AddItems(items).ok());
    ExpectRefused(session->Finish().status(), "items[0].path");
  }
}

TEST_F(UploadSessionTest, ChecksTheHeader) {
  const std::vector<std::string> names = {"a", "b"};
  ExpectRefused(catalogue_->BeginUpload({"../x", names, ""}).status(), "dataset_id");
  ExpectRefused(catalogue_->BeginUpload({"x", {"a"}, ""}).status(), "class_names");
  ExpectRefused(catalogue_->BeginUpload({"x", {"a", "a"}, ""}).status(), "class_names");
}

}  // namespace
}  // namespace fovea
