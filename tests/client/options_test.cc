// Short names, durations, and the text of errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/command.h"
#include "client/exit_code.h"
#include "client/report.h"
#include "client/short_names.h"

namespace fovea::client {
namespace {

TEST(ShortNamesTest, Expand) {
  EXPECT_EQ(FullJobName("j-1"), "jobs/j-1");
  EXPECT_EQ(FullJobName("jobs/j-1"), "jobs/j-1");
  EXPECT_EQ(FullDatasetName("eyes"), "datasets/eyes");
  EXPECT_EQ(FullModelName("dr"), "models/dr");
  EXPECT_EQ(FullModelName("dr/3"), "models/dr/versions/3");
  EXPECT_EQ(FullModelName("dr@production"), "models/dr/aliases/production");
  EXPECT_EQ(FullModelName("models/dr/versions/3"), "models/dr/versions/3");
}

TEST(ShortNamesTest, IdsFromFolders) {
  EXPECT_EQ(IdFromPath("/data/Eye PACS_256/"), "eye-pacs-256");
  EXPECT_EQ(IdFromPath("2015"), "d-2015");
  EXPECT_EQ(IdFromPath("."), "");
  EXPECT_EQ(IdFromPath("--x--"), "x");
  EXPECT_EQ(IdFromPath(std::string(100, 'a')).size(), 63u);
}

TEST(DurationTest, SecondsAndUnits) {
  absl::Duration duration;
  EXPECT_TRUE(ParseSeconds("30", &duration));
  EXPECT_EQ(duration, absl::Seconds(30));
  EXPECT_TRUE(ParseSeconds("1m30s", &duration));
  EXPECT_EQ(duration, absl::Seconds(90));
  for (const char* bad : {"", "0", "-1", "x", "inf", "nan"}) {
    EXPECT_FALSE(ParseSeconds(bad, &duration)) << bad;
  }
}

TEST(ErrorTextTest, MessageWithoutWrappers) {
  EXPECT_EQ(ErrorText(absl::InvalidArgumentError("epochs: 0, must be 1..10000"), "s", {}),
            "error: epochs: 0, must be 1..10000\n");
  EXPECT_EQ(ErrorText(absl::DeadlineExceededError("Deadline Exceeded"), "host:1", {}),
            "error: no answer from host:1 in time\n"
            "hint: give more time with --timeout, for instance --timeout 2m\n");
  EXPECT_EQ(ErrorText(absl::InternalError("a\x1b[2J"), "s", {}), "error: a\\x1b[2J\n");
}

TEST(ExitCodeTest, OfStatuses) {
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), ExitCode::kDeadline);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), ExitCode::kNotFound);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), ExitCode::kPermission);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), ExitCode::kError);
}

}  // namespace
}  // namespace fovea::client
