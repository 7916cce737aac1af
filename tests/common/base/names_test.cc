#include "common/base/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fovea {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(ValidateId, TakesThePatternOnly) {
  for (const char* good : {"a", "dr-resnet18", "x9", "a-", "j-20261124-8f3k2m9q"}) {
    EXPECT_TRUE(ValidateId("id", good).ok()) << good;
  }
  EXPECT_TRUE(ValidateId("id", std::string(63, 'a')).ok());
  for (const std::string& bad :
       {std::string(), std::string(64, 'a'), std::string("A"), std::string("9a"), std::string("-a"),
        std::string("a_b"), std::string("a.b"), std::string(".."), std::string("a/b"),
        std::string("a b"), std::string("a\n"), std::string("a\0", 2), std::string("é"),
        std::string("%2e")}) {
    const absl::Status status = ValidateId("model_id", bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("model_id: "));
  }
}

TEST(ValidateId, ErrorsCarryNoControlCharactersAndAreShort) {
  const std::string message(ValidateId("id", "\x1b[31m\n" + std::string(100000, 'x')).message());
  EXPECT_LT(message.size(), 300u);
  for (const char c : message) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(ParseName, WantsItsCollection) {
  EXPECT_EQ(*ParseName("name", "jobs", "jobs/j-1"), "j-1");
  for (const char* bad : {"", "jobs", "jobs/", "j-1", "models/j-1", "jobs/j-1/", "jobs/j-1/x",
                          "jobs//j-1", "/jobs/j-1", "jobs/../models/x", "JOBS/j-1"}) {
    EXPECT_EQ(ParseName("name", "jobs", bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(ParseModelRef, TakesModelVersionAndAlias) {
  ModelRef ref = *ParseModelRef("name", "models/dr");
  EXPECT_EQ(ref.model_id, "dr");
  EXPECT_EQ(ref.version, 0);
  EXPECT_EQ(ref.alias, "");
  ref = *ParseModelRef("name", "models/dr/versions/12");
  EXPECT_EQ(ref.version, 12);
  EXPECT_EQ(ref.alias, "");
  ref = *ParseModelRef("name", "models/dr/aliases/production");
  EXPECT_EQ(ref.version, 0);
  EXPECT_EQ(ref.alias, "production");
}

TEST(ParseModelRef, RefusesEverythingElse) {
  for (const char* bad :
       {"", "models", "models/", "dr", "jobs/dr", "models/dr/versions", "models/dr/versions/",
        "models/dr/versions/0", "models/dr/versions/-1", "models/dr/versions/01",
        "models/dr/versions/+1", "models/dr/versions/ 1", "models/dr/versions/1x",
        "models/dr/versions/4294967297", "models/dr/versions/1/x", "models/dr/aliases/",
        "models/dr/aliases/..", "models/../versions/1", "models/dr/other/1"}) {
    EXPECT_EQ(ParseModelRef("name", bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(Names, AreWhatParsersTake) {
  EXPECT_EQ(*ParseName("name", "jobs", JobName("x")), "x");
  EXPECT_EQ(*ParseName("name", "datasets", DatasetName("x")), "x");
  EXPECT_EQ(*ParseName("name", "models", ModelName("x")), "x");
  EXPECT_EQ(ParseModelRef("name", ModelVersionName("x", 3))->version, 3);
}

TEST(ValidateRelativePath, TakesPathsBeneathARoot) {
  for (const char* good : {"a", "a/b.jpg", "a b/ü.jpeg", "..a/b..", "a/...", ".hidden", "a:b",
                           "100%/x", "日本/眼.png", "\xF0\x9F\x91\x81.png"}) {
    EXPECT_TRUE(ValidateRelativePath("path", good).ok()) << good;
  }
  EXPECT_TRUE(ValidateRelativePath("path", std::string(255, 'a')).ok());
}

TEST(ValidateRelativePath, RefusesWhatCouldLeaveIt) {
  const std::string long_path = [] {
    std::string path = "a";
    while (path.size() <= 1024) path += "/aaaa";
    return path;
  }();
  for (const std::string& bad :
       {std::string(), std::string("/"), std::string("/etc/passwd"), std::string(".."),
        std::string("."), std::string("../x"), std::string("a/.."), std::string("a/../b"),
        std::string("a/./b"), std::string("./a"), std::string("a//b"), std::string("a/"),
        std::string("a\\b"), std::string("..\\x"), std::string("a\0b", 3), std::string("a\nb"),
        std::string("a\x7f"), std::string("%2e%2e/x"), std::string("%2E%2E/x"),
        std::string("a%2fb"), std::string("a%5cb"), std::string("a%00"), std::string("%252e%252e"),
        std::string(256, 'a'), long_path}) {
    const absl::Status status = ValidateRelativePath("items[3].path", bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("items[3].path: "));
  }
}

TEST(ValidateRelativePath, RefusesWhatIsNotUtf8) {
  for (const char* bad : {"\xff", "a\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3",
                          "\xE2\x82", "\xF0\x9F\x91"}) {
    EXPECT_FALSE(ValidateRelativePath("path", bad).ok());
  }
}

TEST(MakeId, IsAnIdAndNew) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = MakeId("j");
    EXPECT_TRUE(ValidateId("id", id).ok()) << id;
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_THAT(*ids.begin(), MatchesRegex("j-[0-9]+-[a-z0-9]+"));
}

TEST(MakeSecret, Has128BitsInHex) {
  std::set<std::string> secrets;
  for (int i = 0; i < 1000; ++i) {
    const std::string secret = MakeSecret();
    EXPECT_THAT(secret, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(secret.size(), 32u);
    secrets.insert(secret);
  }
  EXPECT_EQ(secrets.size(), 1000u);
}

}  // namespace
}  // namespace fovea
