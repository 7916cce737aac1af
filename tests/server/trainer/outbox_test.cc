#include "server/trainer/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

Outbox::Report Warn(const std::string& text) {
  Outbox::Report report;
  report.mutable_event()->mutable_warning()->set_message(text);
  return report;
}

Outbox::Report Step(int step) {
  Outbox::Report report;
  report.mutable_event()->mutable_step_progress()->set_step(step);
  return report;
}

TEST(Outbox, NumbersWithoutGapsAndReplacesOnlyOldProgress) {
  Outbox outbox;
  outbox.Add(Step(1));
  outbox.Add(Warn("a"));
  outbox.Add(Step(2));
  outbox.Add(Warn("b"));
  outbox.Add(Step(3));
  const auto a = outbox.Take(absl::ZeroDuration());
  EXPECT_EQ(a->sequence(), 1);
  EXPECT_EQ(a->event().warning().message(), "a");
  EXPECT_EQ(outbox.Take(absl::ZeroDuration())->event().warning().message(), "b");
  const auto step = outbox.Take(absl::ZeroDuration());
  EXPECT_EQ(step->sequence(), 3);
  EXPECT_EQ(step->event().step_progress().step(), 3);
  EXPECT_FALSE(outbox.Take(absl::ZeroDuration()).has_value());
}

TEST(Outbox, SendsAgainWhatIsAboveTheWelcome) {
  Outbox outbox;
  for (const char* text : {"a", "b", "c"}) outbox.Add(Warn(text));
  for (int i = 0; i < 3; ++i) outbox.Take(absl::ZeroDuration());
  outbox.Acknowledge(1);
  outbox.Rewind(2);
  const auto again = outbox.Take(absl::ZeroDuration());
  EXPECT_EQ(again->sequence(), 3);
  EXPECT_EQ(again->event().warning().message(), "c");
  EXPECT_FALSE(outbox.WaitEmpty(absl::ZeroDuration()));
  outbox.Acknowledge(3);
  EXPECT_TRUE(outbox.WaitEmpty(absl::ZeroDuration()));
}

}  // namespace
}  // namespace fovea
