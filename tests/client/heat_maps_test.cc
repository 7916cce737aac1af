#include "client/classify/heat_maps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/base/file.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class HeatMapsTest : public ::testing::Test {
 protected:
  void SetUp() override { dir_ = *MakeTempDir("fovea-heat-maps"); }
  void TearDown() override { fs::remove_all(dir_); }

  // The file's name in the folder.
  std::string Take(HeatMapFolder& folder, const std::string& input, const std::string& picture) {
    v1::ClassifyResponse answer;
    answer.set_explanation(picture);
    const auto path = folder.Take(input, &answer);
    EXPECT_TRUE(path.ok()) << path.status();
    EXPECT_EQ(answer.explanation(), "");
    EXPECT_EQ(fs::path(*path).parent_path(), dir_);
    EXPECT_EQ(*ReadFile(*path), picture);
    return fs::path(*path).filename();
  }
  std::string dir_;
};

TEST(HeatMapStemTest, IsAHarmlessFileName) {
  EXPECT_EQ(HeatMapStem("eyes/10_left.jpeg"), "10_left");
  EXPECT_EQ(HeatMapStem("x.y.PNG"), "x.y");
  EXPECT_EQ(HeatMapStem("scan.dcm"), "scan.dcm");
  EXPECT_EQ(HeatMapStem("-"), "stdin");
  EXPECT_EQ(HeatMapStem("../.."), "_..");
  EXPECT_EQ(HeatMapStem("a/.hidden.png"), "_.hidden");
  EXPECT_EQ(HeatMapStem("a\\b:c\n\x1b[31m.png"), "a_b_c__[31m");
  EXPECT_EQ(HeatMapStem("äug.png"), "äug");
  EXPECT_EQ(HeatMapStem(""), "_");
  // 199 + 2 bytes: the second half of the letter does not go alone.
  EXPECT_EQ(HeatMapStem(std::string(199, 'a') + "ä.png"), std::string(199, 'a'));
  EXPECT_EQ(HeatMapStem(std::string(300, 'a')).size(), 200u);
}

TEST_F(HeatMapsTest, SameNamesGetNumbers) {
  HeatMapFolder folder = *HeatMapFolder::Open(dir_, {});
  EXPECT_EQ(Take(folder, "x/a.jpg", "1"), "a.png");
  EXPECT_EQ(Take(folder, "y/a.png", "2"), "a-2.png");
  EXPECT_EQ(Take(folder, "y/a-2.png", "3"), "a-2-2.png");
  EXPECT_EQ(Take(folder, "z/a.jpg", "4"), "a-3.png");
  // The same photographs twice.
  HeatMapFolder again = *HeatMapFolder::Open(dir_, {});
  EXPECT_EQ(Take(again, "x/a.jpg", "1"), "a.png");
  EXPECT_EQ(Take(again, "y/a.png", "2"), "a-2.png");
  EXPECT_EQ(Take(again, "y/a-2.png", "3"), "a-2-2.png");
  EXPECT_EQ(Take(again, "z/a.jpg", "4"), "a-3.png");
}

TEST_F(HeatMapsTest, NothingIsOverwrittenOrFollowed) {
  std::ofstream(JoinPath(dir_, "a.png")) << "precious";
  fs::create_directory(JoinPath(dir_, "a-2.png"));
  fs::create_symlink(JoinPath(dir_, "elsewhere"), JoinPath(dir_, "a-3.png"));
  HeatMapFolder folder = *HeatMapFolder::Open(dir_, {});
  EXPECT_EQ(Take(folder, "a.png", "map"), "a-4.png");
  EXPECT_EQ(*ReadFile(JoinPath(dir_, "a.png")), "precious");
  EXPECT_FALSE(fs::exists(JoinPath(dir_, "elsewhere")));
}

TEST_F(HeatMapsTest, NoExplanationIsNoFile) {
  HeatMapFolder folder = *HeatMapFolder::Open(dir_, {});
  v1::ClassifyResponse answer;
  EXPECT_EQ(*folder.Take("a.png", &answer), "");
  EXPECT_TRUE(fs::is_empty(dir_));
}

TEST_F(HeatMapsTest, AFolderThatGoesAwayIsAnError) {
  HeatMapFolder folder = *HeatMapFolder::Open(JoinPath(dir_, "maps"), {});
  fs::remove_all(JoinPath(dir_, "maps"));
  v1::ClassifyResponse answer;
  answer.set_explanation("map");
  EXPECT_EQ(folder.Take("a.png", &answer).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(HeatMapsTest, RefusesFoldersOfPhotographs) {
  const std::string photographs = JoinPath(dir_, "eyes");
  fs::create_directory(photographs);
  fs::create_directory_symlink(photographs, JoinPath(dir_, "link"));
  for (const char* inside : {"eyes", "eyes/maps", "eyes/../eyes/maps/x", "link/maps"}) {
    const absl::Status status =
        HeatMapFolder::Open(JoinPath(dir_, inside), {photographs}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << inside;
    EXPECT_THAT(status.message(), HasSubstr("name a folder elsewhere"));
  }
  EXPECT_TRUE(fs::is_empty(photographs));
  for (const char* outside : {"eyes-maps", "maps"}) {
    EXPECT_TRUE(HeatMapFolder::Open(JoinPath(dir_, outside), {photographs, "-"}).ok()) << outside;
  }
  EXPECT_TRUE(HeatMapFolder::Open(dir_, {JoinPath(photographs, "a.jpg")}).ok());
}

}  // namespace
}  // namespace fovea::client
