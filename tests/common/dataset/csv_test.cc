#include "common/dataset/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::vector<std::string>> Fields(const std::string& text) {
  const absl::StatusOr<std::vector<CsvRow>> rows = ParseCsv("x.csv", text);
  EXPECT_TRUE(rows.ok()) << rows.status();
  std::vector<std::vector<std::string>> fields;
  if (!rows.ok()) return fields;
  for (const CsvRow& row : *rows) fields.push_back(row.fields);
  return fields;
}

std::string Error(const std::string& text) {
  const absl::StatusOr<std::vector<CsvRow>> rows = ParseCsv("x.csv", text);
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(rows.status().message());
}

TEST(ParseCsv, TakesEveryLineEnding) {
  const auto expected = ElementsAre(ElementsAre("a", "1"), ElementsAre("b", "2"));
  EXPECT_THAT(Fields("a,1\nb,2"), expected);
  EXPECT_THAT(Fields("a,1\nb,2\n"), expected);
  EXPECT_THAT(Fields("a,1\r\nb,2\r\n"), expected);
  EXPECT_THAT(Fields("a,1\nb,2\n\n \r\n\n"), expected);
}

TEST(ParseCsv, SkipsByteOrderMarkAndSpaces) {
  EXPECT_THAT(Fields("\xEF\xBB\xBF image , level \n"), ElementsAre(ElementsAre("image", "level")));
}

TEST(ParseCsv, TakesQuotedFields) {
  EXPECT_THAT(Fields("\"a,b\",\"say \"\"x\"\"\"\n"), ElementsAre(ElementsAre("a,b", "say \"x\"")));
  EXPECT_THAT(Fields("\"\" , \"b\" \n"), ElementsAre(ElementsAre("", "b")));
}

TEST(ParseCsv, KeepsEmptyFields) {
  EXPECT_THAT(Fields("a,\n,b\n,"),
              ElementsAre(ElementsAre("a", ""), ElementsAre("", "b"), ElementsAre("", "")));
}

TEST(ParseCsv, EmptyTextHasNoRows) {
  EXPECT_TRUE(Fields("").empty());
  EXPECT_TRUE(Fields("\xEF\xBB\xBF\r\n\n").empty());
}

TEST(ParseCsv, SaysWhichLineIsWrong) {
  EXPECT_THAT(Error("a\n\nb\n"), HasSubstr("x.csv line 2: is empty"));
  EXPECT_THAT(Error("a\n\"b\n"), HasSubstr("x.csv line 2: a quote is not closed"));
  EXPECT_THAT(Error("\"a\"b\n"), HasSubstr("line 1: text follows"));
  EXPECT_THAT(Error("a\"b\n"), HasSubstr("line 1: a quote inside"));
  EXPECT_THAT(Error(std::string("a\nb\0c\n", 6)), HasSubstr("line 2: has a NUL"));
}

TEST(ParseCsv, LeadingEmptyLineIsAnError) {
  // Otherwise names and labels of two files could slip by a row.
  EXPECT_THAT(Error("\na\n"), HasSubstr("line 1: is empty"));
}

}  // namespace
}  // namespace fovea
