#include "common/base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/thread.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

TEST(FileDescriptor, ClosesWhatItOwns) {
  int first = -1;
  int second = -1;
  {
    FileDescriptor a(open("/dev/null", O_RDONLY));
    FileDescriptor b(open("/dev/null", O_RDONLY));
    first = a.get();
    second = b.get();
    FileDescriptor moved(std::move(a));
    EXPECT_FALSE(a.valid());
    EXPECT_EQ(moved.get(), first);
    b = std::move(moved);
    EXPECT_EQ(b.get(), first);
  }
  EXPECT_FALSE(IsOpen(first));
  EXPECT_FALSE(IsOpen(second));
  EXPECT_FALSE(FileDescriptor().valid());
}

TEST(ErrnoStatus, MapsTheCodesThatCallersTellApart) {
  EXPECT_EQ(ErrnoStatus(ENOENT, "x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrnoStatus(ENOTDIR, "x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrnoStatus(EACCES, "x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EROFS, "x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EEXIST, "x").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ErrnoStatus(ENOSPC, "x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EIO, "x").code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(ErrnoStatus(ENOENT, "weights").message()), HasSubstr("weights: No such"));
}

class FileTest : public ::testing::Test {
 protected:
  const TempFolder folder_;
};

TEST_F(FileTest, ReadsWholeFiles) {
  for (const size_t size : {0, 1, 4095, 4096, 4097, 1000000}) {
    const std::string content(size, 'x');
    folder_.Write("f", content);
    const auto read = ReadFile(folder_ / "f");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, content);
  }
}

TEST_F(FileTest, LimitsTheSize) {
  folder_.Write("f", "12345");
  EXPECT_EQ(*ReadFile(folder_ / "f", 5), "12345");
  EXPECT_EQ(ReadFile(folder_ / "f", 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(folder_ / "f", 0).status().code(), absl::StatusCode::kInvalidArgument);
  folder_.Write("empty", "");
  EXPECT_EQ(*ReadFile(folder_ / "empty", 0), "");
}

// Files of the kernel say that they have no bytes.
TEST_F(FileTest, ReadsFilesThatDoNotKnowTheirSize) {
  const auto read = ReadFile("/proc/self/status");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, HasSubstr("nonvoluntary_ctxt_switches"));
  EXPECT_EQ(ReadFile("/proc/self/status", 10).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(FileTest, ReadsRegularFilesOnly) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(folder_ / "pipe").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ReadFile(folder_.path()).ok());
  EXPECT_EQ(ReadFile(folder_ / "absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFileBeneath(folder_.path(), "pipe").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(FileTest, OpensBeneathTheRootOnly) {
  const TempFolder outside;
  outside.Write("secret", "secret");
  folder_.Write("a/f", "inside");
  folder_.Link("a/f", "good");
  folder_.Link("a", "good-dir");
  folder_.Link("../a/f", "a/up-and-down");
  for (const char* good : {"a/f", "good", "good-dir/f", "a/up-and-down"}) {
    EXPECT_EQ(*ReadFileBeneath(folder_.path(), good), "inside") << good;
  }
  folder_.Link(outside / "secret", "absolute");
  folder_.Link("../" + fs::path(outside.path()).filename().string() + "/secret", "relative");
  folder_.Link(outside.path(), "dir");
  folder_.Link("loop", "loop");
  folder_.Link("/proc/self/root", "magic");
  for (const std::string& bad :
       {std::string("absolute"), std::string("relative"), std::string("dir/secret"),
        std::string("loop"), std::string("magic/etc/passwd"), outside / "secret",
        std::string("../x"), std::string("a/../a/f"), std::string()}) {
    EXPECT_EQ(ReadFileBeneath(folder_.path(), bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
  EXPECT_EQ(ReadFileBeneath(folder_.path(), "a/absent").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFileBeneath(folder_.path(), "a/f/g").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(FileTest, WritesAtomicallyAndLeavesNothingBehind) {
  folder_.Write("f", "old");
  ASSERT_TRUE(WriteFileAtomic(folder_ / "f", "new").ok());
  EXPECT_EQ(*ReadFile(folder_ / "f"), "new");
  EXPECT_FALSE(WriteFileAtomic(folder_ / "no/such/folder", "x").ok());
  fs::create_directory(folder_ / "dir");
  EXPECT_FALSE(WriteFileAtomic(folder_ / "dir", "x").ok());
  size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_.path())) ++entries;
  EXPECT_EQ(entries, 2u);
}

TEST_F(FileTest, ReadersNeverSeeHalfAWrite) {
  const std::string a(100000, 'a');
  const std::string b(100000, 'b');
  ASSERT_TRUE(WriteFileAtomic(folder_ / "f", a).ok());
  Thread writer("writer", [&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(WriteFileAtomic(folder_ / "f", i % 2 == 0 ? b : a).ok());
    }
  });
  for (int i = 0; i < 100; ++i) {
    const std::string read = *ReadFile(folder_ / "f");
    EXPECT_TRUE(read == a || read == b);
  }
}

TEST_F(FileTest, RenameNeverReplaces) {
  folder_.Write("from/f", "1");
  folder_.Write("to/f", "2");
  EXPECT_EQ(RenameDurably(folder_ / "from", folder_ / "to").code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(RenameDurably(folder_ / "from", folder_ / "new").ok());
  EXPECT_EQ(*ReadFile(folder_ / "new/f"), "1");
  EXPECT_EQ(RenameDurably(folder_ / "from", folder_ / "x").code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, AFolderIsReplacedWholeOrStays) {
  const std::string dir = folder_ / "dir";
  const auto fill_with = [](const char* name, absl::Status end) {
    return [=](const std::string& partial) {
      EXPECT_TRUE(WriteFileAtomic(JoinPath(partial, name), "x").ok());
      return end;
    };
  };
  ASSERT_TRUE(ReplaceFolder(dir, fill_with("old", absl::OkStatus())).ok());
  EXPECT_TRUE(fs::exists(JoinPath(dir, "old")));
  const absl::Status full = absl::ResourceExhaustedError("disk");
  EXPECT_EQ(ReplaceFolder(dir, fill_with("half", full)), full);
  EXPECT_TRUE(fs::exists(JoinPath(dir, "old")));
  EXPECT_FALSE(fs::exists(dir + ".partial"));
  ASSERT_TRUE(MakeDirs(dir + ".partial/left-by-a-crash").ok());
  ASSERT_TRUE(ReplaceFolder(dir, fill_with("new", absl::OkStatus())).ok());
  EXPECT_TRUE(fs::exists(JoinPath(dir, "new")));
  EXPECT_FALSE(fs::exists(JoinPath(dir, "old")));
  EXPECT_FALSE(fs::exists(JoinPath(dir, "left-by-a-crash")));
}

TEST_F(FileTest, MakesAndRemovesFolders) {
  EXPECT_TRUE(MakeDirs(folder_ / "a/b/c").ok());
  EXPECT_TRUE(MakeDirs(folder_ / "a/b/c").ok());
  EXPECT_TRUE(fs::is_directory(folder_ / "a/b/c"));
  folder_.Write("file", "x");
  EXPECT_EQ(MakeDirs(folder_ / "file").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(MakeDirs(folder_ / "file/below").ok());
  EXPECT_TRUE(SyncDir(folder_.path()).ok());
  EXPECT_EQ(SyncDir(folder_ / "absent").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(RemoveAll(folder_ / "a").ok());
  EXPECT_TRUE(RemoveAll(folder_ / "a").ok());
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(FileTest, MakesOneFolderFromManyThreads) {
  std::vector<Thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back("maker", [&] { EXPECT_TRUE(MakeDirs(folder_ / "x/y/z").ok()); });
  }
}

TEST_F(FileTest, WriteAllSaysWhenTheDiskIsFull) {
  const FileDescriptor full(open("/dev/full", O_WRONLY));
  if (!full.valid()) GTEST_SKIP() << "/dev/full is not there";
  EXPECT_EQ(WriteAll(full.get(), "x", "checkpoint").code(), absl::StatusCode::kResourceExhausted);
}

TEST(JoinPath, PutsASlashBetween) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b/c"), "a/b/c");
}

}  // namespace
}  // namespace fovea
