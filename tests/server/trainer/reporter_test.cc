#include "server/trainer/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "tests/server/trainer/fake_server.h"

namespace fovea {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() : dir_(MakeTempDir("fovea-test").value()) {
    options_.server = absl::StrCat("unix://", dir_, "/socket");
    options_.hello.set_job("jobs/j");
    options_.first_backoff = absl::Milliseconds(10);
    options_.last_backoff = absl::Milliseconds(50);
  }
  ~ReporterTest() override { EXPECT_TRUE(RemoveAll(dir_).ok()); }

  // Exactly the warnings 0 .. count - 1 in order, then the outcome, numbered from 1.
  static void ExpectComplete(const std::vector<FakeServer::Report>& stored, int count) {
    ASSERT_EQ(stored.size(), static_cast<size_t>(count) + 1);
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(stored[i].sequence(), i + 1);
      EXPECT_EQ(stored[i].event().warning().message(), absl::StrCat(i));
    }
    EXPECT_EQ(stored.back().outcome().kind(), internal::v1::Outcome::KIND_SUCCEEDED);
  }

  static Outcome Succeeded() {
    Outcome outcome;
    outcome.kind = Outcome::Kind::kSucceeded;
    return outcome;
  }

  const std::string dir_;
  ReporterOptions options_;
  StopSignal stop_;
};

TEST_F(ReporterTest, DeliversInOrder) {
  FakeServer server(options_.server);
  Reporter reporter(options_, &stop_);
  for (int i = 0; i < 50; ++i) reporter.Emit(Warning{absl::StrCat(i), {}});
  EXPECT_TRUE(reporter.Finish(Succeeded(), kLong));
  ExpectComplete(server.stored(), 50);
  EXPECT_FALSE(stop_.requested());
}

TEST_F(ReporterTest, LosesAndRepeatsNothingWhenTheStreamBreaks) {
  FakeServer server(options_.server);
  server.DropAfter(7);
  Reporter reporter(options_, &stop_);
  for (int i = 0; i < 20; ++i) reporter.Emit(Warning{absl::StrCat(i), {}});
  ASSERT_TRUE(server.WaitForStreams(2, kLong));
  server.DropAfter(25);
  for (int i = 20; i < 40; ++i) reporter.Emit(Warning{absl::StrCat(i), {}});
  EXPECT_TRUE(reporter.Finish(Succeeded(), kLong));
  ExpectComplete(server.stored(), 40);
}

TEST_F(ReporterTest, WaitsForAServerThatComesBack) {
  FakeServer server(options_.server);
  Reporter reporter(options_, &stop_);
  reporter.Emit(Warning{"0", {}});
  EXPECT_TRUE(reporter.Flush(kLong));
  server.Stop();
  for (int i = 1; i < 10; ++i) reporter.Emit(Warning{absl::StrCat(i), {}});
  EXPECT_FALSE(reporter.Flush(absl::Milliseconds(100)));
  server.Start();
  EXPECT_TRUE(reporter.Finish(Succeeded(), kLong));
  ExpectComplete(server.stored(), 10);
}

TEST_F(ReporterTest, PassesCommandsOn) {
  FakeServer server(options_.server);
  server.CommandAtFirstReport(internal::v1::COMMAND_DRAIN);
  Reporter reporter(options_, &stop_);
  reporter.Emit(Warning{"0", {}});
  EXPECT_TRUE(reporter.Flush(kLong));  // The command comes before the acknowledgement.
  EXPECT_EQ(stop_.kind(), StopSignal::Kind::kDrain);
}

TEST_F(ReporterTest, ARefusedLeaseCancels) {
  FakeServer server(options_.server);
  server.RefuseWith(grpc::StatusCode::PERMISSION_DENIED);
  Reporter reporter(options_, &stop_);
  EXPECT_FALSE(reporter.Finish(Succeeded(), kLong));
  EXPECT_EQ(reporter.state(), Reporter::State::kLeaseLost);
  EXPECT_EQ(stop_.kind(), StopSignal::Kind::kCancel);
}

TEST_F(ReporterTest, GivesUpWithoutAServer) {
  options_.give_up = absl::Milliseconds(200);
  Reporter reporter(options_, &stop_);
  EXPECT_FALSE(reporter.Finish(Succeeded(), kLong));
  EXPECT_EQ(reporter.state(), Reporter::State::kServerLost);
  EXPECT_EQ(stop_.kind(), StopSignal::Kind::kDrain);
}

}  // namespace
}  // namespace fovea
