#include "server/datasets/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/thread.h"
#include "server/datasets/upload_session.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() {
    for (const char* label : {"0", "1"}) {
      for (int i = 0; i < 5; ++i) {
        root_.Write(absl::StrCat("set/", label, "/", i, ".jpg"), absl::StrCat(label, " ", i));
      }
    }
    Reopen();
  }
  void Reopen() {
    catalogue_ = nullptr;
    auto opened = DatasetCatalogue::Open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    catalogue_ = *std::move(opened);
  }
  absl::StatusOr<v1::Dataset> Create(const std::string& id, const std::string& dir = "set") {
    return catalogue_->Create({.id = id, .source_dir = dir, .layout = {}});
  }
  // A data set of two uploaded files with these contents.
  absl::StatusOr<v1::Dataset> Upload(const std::string& id, const std::string& train,
                                     const std::string& test) {
    auto session = catalogue_->BeginUpload({id, {"a", "b"}, "as given"});
    if (!session.ok()) return session.status();
    std::vector<DatasetItem> items;
    for (const std::string& content : {train, test}) {
      items.push_back({.path = content + ".jpg",
                       .label = content == train ? 0 : 1,
                       .part = content == train ? Part::kTrain : Part::kTest,
                       .sha256 = Sha256Hex(content),
                       .size = static_cast<int64_t>(content.size())});
    }
    absl::Status status = (*session)->AddItems(items);
    for (const std::string& content : {train, test}) {
      if (status.ok()) status = (*session)->AddChunk(Sha256Hex(content), content);
    }
    if (!status.ok()) return status;
    return (*session)->Finish();
  }
  bool IsStored(const std::string& content) {
    return catalogue_->FindMissing({Sha256Hex(content)})->empty();
  }

  const TempFolder root_;
  const TempFolder data_;
  CatalogueOptions options_ = {.data_dir = data_.path(), .dataset_root = root_.path()};
  std::unique_ptr<DatasetCatalogue> catalogue_;
};

TEST_F(CatalogueTest, CreatesInPlaceAndRemembers) {
  const auto created = Create("retina");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->name(), "datasets/retina");
  EXPECT_THAT(created->train_class_counts(), ElementsAre(4, 4));
  EXPECT_THAT(created->test_class_counts(), ElementsAre(1, 1));
  EXPECT_EQ(created->bytes(), 30);
  EXPECT_EQ(created->source_dir(), "set");
  EXPECT_TRUE(created->has_create_time());

  Reopen();
  EXPECT_EQ(catalogue_->Get("retina")->SerializeAsString(), created->SerializeAsString());
  const auto stored = catalogue_->Lookup("retina");
  ASSERT_TRUE(stored.ok());
  const auto items = ReadIndex(stored->index_path);
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 10u);
  EXPECT_EQ(*ReadItem(stored->files, (*items)[0], 100), "0 0");
  EXPECT_EQ(DatasetFingerprint(*items), created->fingerprint());
}

TEST_F(CatalogueTest, ValidateOnlyStoresNothing) {
  const auto checked = catalogue_->Create(
      {.id = "retina", .source_dir = "set", .layout = {}, .validate_only = true});
  ASSERT_TRUE(checked.ok());
  EXPECT_FALSE(checked->fingerprint().empty());
  EXPECT_EQ(catalogue_->Get("retina").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(catalogue_->List("", 10).empty());
}

TEST_F(CatalogueTest, SameContentIsTheSameDatasetOtherIsAnError) {
  const auto first = Create("retina");
  const auto again = Create("retina");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->create_time().nanos(), first->create_time().nanos());
  root_.Write("set/0/9.jpg", "new");
  EXPECT_EQ(Create("retina").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(Create("retina2").ok());
}

TEST_F(CatalogueTest, IdsAndFoldersAreChecked) {
  for (const std::string& id : {std::string(), std::string("../x"), std::string("/abs"),
                                std::string("a/b"), std::string("A"), std::string("%2e%2e"),
                                std::string("a\0b", 3), std::string(64, 'a')}) {
    const absl::Status status = Create(id).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << id;
    EXPECT_THAT(std::string(status.message()), HasSubstr("dataset_id"));
  }
  const TempFolder outside;
  outside.Write("0/a.jpg", "x");
  root_.Link(outside.path(), "escape");
  for (const std::string& dir :
       {std::string(), std::string(".."), std::string("set/../.."), outside.path(),
        std::string("%2e%2e/x"), std::string("set\\x"), std::string("se\0t", 4),
        std::string(2000, 'a'), std::string("escape"), std::string("absent"),
        std::string("set/0/0.jpg")}) {
    const absl::Status status = Create("x", dir).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << dir;
    EXPECT_THAT(std::string(status.message()), HasSubstr("source_dir")) << dir;
  }
}

TEST_F(CatalogueTest, ARelativeRootIsMadeAbsolute) {
  options_.dataset_root = fs::relative(root_.path()).string();
  ASSERT_NE(options_.dataset_root, root_.path());
  Reopen();
  ASSERT_TRUE(Create("retina").ok());
  EXPECT_EQ(catalogue_->Lookup("retina")->files.dir, root_ / "set");
}

TEST_F(CatalogueTest, TheRootItselfIsADot) {
  fs::rename(root_ / "set/0", root_ / "0");
  fs::rename(root_ / "set/1", root_ / "1");
  EXPECT_TRUE(Create("root", ".").ok());
}

TEST_F(CatalogueTest, PhotographsCannotBeLinksOutOfTheFolder) {
  // Beneath the dataset root, but not beneath the data set's own folder.
  root_.Write("private/x.jpg", "secret");
  root_.Link("../../private/x.jpg", "set/0/link.jpg");
  EXPECT_EQ(Create("retina").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CatalogueTest, NeedsADatasetRoot) {
  options_.dataset_root = "";
  Reopen();
  EXPECT_EQ(Create("retina").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CatalogueTest, LimitsSizeAndCount) {
  options_.max_file_bytes = 2;
  Reopen();
  EXPECT_THAT(std::string(Create("retina").status().message()), HasSubstr("at most 2"));
  options_.max_file_bytes = 100;
  options_.max_items = 9;
  Reopen();
  EXPECT_THAT(std::string(Create("retina").status().message()), HasSubstr("at most 9"));
}

TEST_F(CatalogueTest, ListsInPages) {
  for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(Create(id).ok());
  const auto names = [&](const std::string& after, int limit) {
    std::vector<std::string> out;
    for (const v1::Dataset& dataset : catalogue_->List(after, limit)) out.push_back(dataset.name());
    return out;
  };
  EXPECT_THAT(names("", 2), ElementsAre("datasets/a", "datasets/b"));
  EXPECT_THAT(names("b", 2), ElementsAre("datasets/c"));
  EXPECT_TRUE(names("c", 2).empty());
}

TEST_F(CatalogueTest, DeleteLeavesFilesInPlaceAlone) {
  ASSERT_TRUE(Create("retina").ok());
  ASSERT_TRUE(catalogue_->Delete("retina").ok());
  EXPECT_EQ(catalogue_->Delete("retina").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(catalogue_->Lookup("retina").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(fs::exists(root_ / "set/0/0.jpg"));
  Reopen();
  EXPECT_TRUE(catalogue_->List("", 10).empty());
  EXPECT_TRUE(Create("retina").ok());
}

TEST_F(CatalogueTest, DeleteLeavesWhatIsInUse) {
  ASSERT_TRUE(Create("retina").ok());
  EXPECT_EQ(catalogue_->Delete("retina", [] { return true; }).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(catalogue_->Lookup("retina").ok());
  EXPECT_TRUE(catalogue_->Delete("retina", [] { return false; }).ok());
}

TEST_F(CatalogueTest, DeleteKeepsSharedFiles) {
  ASSERT_TRUE(Upload("one", "shared", "only one").ok());
  ASSERT_TRUE(Upload("two", "shared", "only two").ok());
  Reopen();  // The counts are those of the disk.
  ASSERT_TRUE(catalogue_->Delete("one").ok());
  EXPECT_TRUE(IsStored("shared"));
  EXPECT_FALSE(IsStored("only one"));
  ASSERT_TRUE(catalogue_->Delete("two").ok());
  EXPECT_FALSE(IsStored("shared"));
}

TEST_F(CatalogueTest, DeleteDoesNotDisturbAnUpload) {
  ASSERT_TRUE(Upload("one", "first", "second").ok());
  auto session = *catalogue_->BeginUpload({"two", {"a", "b"}, ""});
  ASSERT_TRUE(session
                  ->AddItems({{.path = "x", .label = 0, .sha256 = Sha256Hex("first"), .size = 5},
                              {.path = "y",
                               .label = 1,
                               .part = Part::kTest,
                               .sha256 = Sha256Hex("third"),
                               .size = 5}})
                  .ok());
  ASSERT_TRUE(session->AddChunk(Sha256Hex("third"), "third").ok());
  ASSERT_TRUE(catalogue_->Delete("one").ok());
  EXPECT_FALSE(IsStored("second"));
  EXPECT_TRUE(session->Finish().ok());
  EXPECT_TRUE(IsStored("first"));
}

TEST_F(CatalogueTest, RemovesWhatACrashLeft) {
  ASSERT_TRUE(Upload("one", "first", "second").ok());
  data_.Write("datasets/.staging-1234/items.jsonl", "{");
  data_.Write("datasets/.deleted-1234/items.jsonl", "{");
  Reopen();
  EXPECT_FALSE(fs::exists(data_ / "datasets/.staging-1234"));
  EXPECT_FALSE(fs::exists(data_ / "datasets/.deleted-1234"));
  EXPECT_TRUE(catalogue_->Get("one").ok());
  EXPECT_TRUE(IsStored("first"));
}

TEST_F(CatalogueTest, RemovesOldFilesWithoutDataset) {
  ASSERT_TRUE(Upload("one", "first", "second").ok());
  fs::remove_all(data_ / "datasets/one");
  Reopen();
  EXPECT_TRUE(IsStored("first"));  // Young: a broken upload may go on.
  options_.keep_unnamed = -absl::Hours(1);
  Reopen();
  EXPECT_FALSE(IsStored("first"));
}

TEST_F(CatalogueTest, DamagedDatasetsGoToQuarantineAndKeepTheirFiles) {
  ASSERT_TRUE(Upload("one", "first", "second").ok());
  ASSERT_TRUE(Upload("two", "third", "fourth").ok());
  ASSERT_TRUE(Upload("three", "fifth", "sixth").ok());
  data_.Write("datasets/one/dataset.json", "{ half");
  std::string index = *ReadFile(data_ / "datasets/two/items.jsonl");
  index.replace(index.find("\"label\":0"), 9, "\"label\":1");
  data_.Write("datasets/two/items.jsonl", index);
  options_.keep_unnamed = -absl::Hours(1);
  Reopen();
  EXPECT_EQ(catalogue_->Get("one").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(catalogue_->Get("two").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(catalogue_->Get("three").ok());
  EXPECT_TRUE(IsStored("first"));
  EXPECT_TRUE(fs::exists(data_ / "datasets/.quarantine"));
  Reopen();
  EXPECT_TRUE(IsStored("first"));
}

TEST_F(CatalogueTest, ConcurrentUploadsOfOneDatasetGiveOne) {
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back(absl::StrCat("upload-", i), [&] {
        const auto stored = Upload("one", "first", "second");
        EXPECT_TRUE(stored.ok()) << stored.status();
      });
    }
  }
  EXPECT_EQ(catalogue_->List("", 10).size(), 1u);
  ASSERT_TRUE(catalogue_->Delete("one").ok());
  EXPECT_FALSE(IsStored("first"));  // No count of the others was left.
}

TEST_F(CatalogueTest, ConcurrentUploadsAndDeletesOfSharedFiles) {
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back(absl::StrCat("user-", i), [this, i] {
        const std::string id = absl::StrCat("set-", i);
        for (int round = 0; round < 10; ++round) {
          const auto stored = Upload(id, "shared", absl::StrCat("own ", i));
          EXPECT_TRUE(stored.ok()) << stored.status();
          EXPECT_TRUE(IsStored("shared"));
          EXPECT_TRUE(catalogue_->Delete(id).ok());
        }
      });
    }
  }
  EXPECT_FALSE(IsStored("shared"));
}

}  // namespace
}  // namespace fovea
