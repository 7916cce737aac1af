// `fovea dataset push`: only what is missing travels, and a broken upload goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/base/file.h"
#include "tests/client/fake_server.h"
#include "tests/client/program.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class PushTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = *MakeTempDir("fovea-push");
    for (int grade = 0; grade < 2; ++grade) {
      for (int i = 0; i < 5; ++i) Write(grade, i);
    }
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  static std::string Content(int grade, int i) { return absl::StrCat("photo ", grade, " ", i); }
  void Write(int grade, int i) const {
    const std::string folder = absl::StrCat(dir_, "/Eyes_1/train/", grade);
    std::filesystem::create_directories(folder);
    std::ofstream(absl::StrCat(folder, "/p", grade, i, "_left.jpeg")) << Content(grade, i);
    const std::string test = absl::StrCat(dir_, "/Eyes_1/test/", grade);
    std::filesystem::create_directories(test);
    std::ofstream(absl::StrCat(test, "/t", grade, i, "_left.jpeg")) << "test " << Content(grade, i);
  }
  Finished Push(std::vector<std::string> more = {}) const {
    std::vector<std::string> args = {"--server", server_.address(), "dataset", "push",
                                     dir_ + "/Eyes_1/"};
    args.insert(args.end(), more.begin(), more.end());
    return RunFovea(args);
  }

  std::string dir_;
  FakeServer server_;
};

TEST_F(PushTest, SendsEverythingOnceAndNamesTheDataSetByItsFolder) {
  const Finished run = Push();
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "datasets/eyes-1\n");
  EXPECT_THAT(server_.datasets.received(), SizeIs(20));
  EXPECT_THAT(run.err, HasSubstr("layout folders: 20 photographs in 2 classes"));
  EXPECT_THAT(run.err, HasSubstr("test part: as given"));
}

TEST_F(PushTest, SendsOnlyWhatIsMissing) {
  server_.datasets.AddFile(Content(0, 0));
  server_.datasets.AddFile(Content(1, 4));
  const Finished run = Push({"--id", "eyes"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(server_.datasets.received(), SizeIs(18));
  EXPECT_THAT(run.err, HasSubstr("2 of 20 files are on the server already"));
}

TEST_F(PushTest, GoesOnAfterABrokenUploadWithoutSendingTwice) {
  server_.datasets.BreakFirstUploadAfter(7);
  const Finished run = Push();
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(server_.datasets.uploads(), 2);
  EXPECT_THAT(server_.datasets.received(), SizeIs(20));
  for (const auto& [sha256, times] : server_.datasets.received()) EXPECT_EQ(times, 1) << sha256;
  EXPECT_THAT(run.err, HasSubstr("7 of 20 files are on the server already"));
}

TEST_F(PushTest, ATakenIdWithOtherContentIsAnError) {
  ASSERT_EQ(Push().code, 0);
  const Finished again = Push();  // The fake server gives no fingerprint, so contents differ.
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("error: datasets/eyes-1: exists with other content"));
}

TEST_F(PushTest, BadArguments) {
  EXPECT_EQ(RunFovea({"dataset", "push", "/nonexistent"}).code, 2);
  EXPECT_EQ(Push({"--layout", "heap"}).code, 2);
  EXPECT_EQ(Push({"--id", "Not An Id"}).code, 1);
  EXPECT_THAT(Push({"--id", "Not An Id"}).err, HasSubstr("error: --id: "));
}

}  // namespace
}  // namespace fovea::client
