#include "common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>


namespace fovea {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

// A payload that would forge a line, colour the terminal and break JSON.
const char kHostile[] = "x\n2026-01-01T00:00:00Z error \x1b[31mforged\r\t\"\\\x7f\xff";

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { InitLogging({}); }
  std::string Line(LogFormat format, LogLevel level, const std::string& message,
                   std::initializer_list<LogField> fields = {}) {
    InitLogging({.level = LogLevel::kInfo, .format = format});
    CaptureStderr();
    Log(level, message, fields);
    return GetCapturedStderr();
  }
};

void ExpectOnePrintableLine(const std::string& output) {
  ASSERT_THAT(output, EndsWith("\n"));
  for (size_t i = 0; i + 1 < output.size(); ++i) {
    EXPECT_TRUE(output[i] >= 0x20 && output[i] < 0x7f) << "byte " << i;
  }
}

TEST_F(LogTest, TextHasLevelMessageAndFields) {
  const std::string line =
      Line(LogFormat::kText, LogLevel::kWarning, "job started", {{"job", "jobs/j-1"}, {"n", "3"}});
  EXPECT_THAT(line, EndsWith("Z warning job started job=jobs/j-1 n=3\n"));
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  const std::string line =
      Line(LogFormat::kJson, LogLevel::kError, "job failed", {{"job", "jobs/j-1"}});
  const nlohmann::json parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["level"], "error");
  EXPECT_EQ(parsed["message"], "job failed");
  EXPECT_EQ(parsed["job"], "jobs/j-1");
  EXPECT_THAT(parsed["time"].get<std::string>(),
              ::testing::MatchesRegex("....-..-..T..:..:...*Z"));
}

TEST_F(LogTest, HostileTextStaysOneLine) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    ExpectOnePrintableLine(Line(format, LogLevel::kInfo, kHostile, {{"field", kHostile}}));
  }
  const std::string json = Line(LogFormat::kJson, LogLevel::kInfo, kHostile, {{"field", kHostile}});
  EXPECT_EQ(nlohmann::json::parse(json).size(), 4u);
}

TEST_F(LogTest, ValuesCannotForgeFields) {
  EXPECT_THAT(Line(LogFormat::kText, LogLevel::kInfo, "m", {{"a", "1 role=admin"}, {"b", ""}}),
              EndsWith("m a=\"1 role=admin\" b=\"\"\n"));
  EXPECT_THAT(Line(LogFormat::kText, LogLevel::kInfo, "m", {{"a", "role=admin"}}),
              EndsWith("m a=\"role=admin\"\n"));
}

TEST_F(LogTest, FormatMarksAreText) {
  EXPECT_THAT(Line(LogFormat::kText, LogLevel::kInfo, "{} {0} %s %n"), HasSubstr("{} {0} %s %n"));
}

TEST_F(LogTest, LowerLevelsAreLeftOut) {
  EXPECT_EQ(Line(LogFormat::kText, LogLevel::kDebug, "detail"), "");
}

TEST(ParseLogLevel, TakesTheFourNames) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_TRUE(ParseLogLevel("error", &level));
  EXPECT_EQ(level, LogLevel::kError);
  EXPECT_TRUE(ParseLogLevel("warning", &level));
  EXPECT_TRUE(ParseLogLevel("info", &level));
  EXPECT_FALSE(ParseLogLevel("INFO", &level));
  EXPECT_FALSE(ParseLogLevel("", &level));
  EXPECT_EQ(level, LogLevel::kInfo);
}

}  // namespace
}  // namespace fovea
