#include "server/training/checkpoint_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

TEST(CheckpointFiles, KeepsTheLastTwoAndTheVersionsThatTheyPointAt) {
  const TempDir temp;
  const std::string& dir = temp.path();
  for (const int epoch : {1, 2, 3}) ASSERT_TRUE(MakeDirs(BestVersionDir(dir, epoch)).ok());
  ASSERT_TRUE(WriteFileAtomic(JoinPath(dir, "epoch-00009.tmp-torn"), "x").ok());
  CheckpointFile first{"", 1, 0, 1}, second{"", 1, 7, 2}, third{"", 2, 0, 3};
  for (CheckpointFile* file : {&first, &second, &third}) {
    ASSERT_TRUE(WriteCheckpointFile(dir, "content", file).ok());
    ASSERT_TRUE(MakeDirs(BestVersionDir(dir, 3)).ok());  // Written before its checkpoint.
  }
  const std::vector<CheckpointFile> files = ListCheckpoints(dir);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, third.path);
  EXPECT_EQ(files[1].path, second.path);
  EXPECT_EQ(files[1].step, 7);
  EXPECT_FALSE(Exists(BestVersionDir(dir, 1)));
  EXPECT_TRUE(Exists(BestVersionDir(dir, 3)));
  EXPECT_FALSE(Exists(JoinPath(dir, "epoch-00009.tmp-torn")));
}

}  // namespace
}  // namespace fovea
