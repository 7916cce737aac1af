#include "server/serving/engine.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/preprocess/preprocess.h"
#include "tests/server/serving/serving_fixture.h"

namespace fovea {
namespace {

// The answer of one task.
class Answer {
 public:
  std::function<void(absl::StatusOr<Classification>)> Callback() {
    return [this](absl::StatusOr<Classification> result) {
      result_ = std::move(result);
      there_.Notify();
    };
  }
  const absl::StatusOr<Classification>& Wait() {
    there_.WaitForNotification();
    return result_;
  }
  bool there() const { return there_.HasBeenNotified(); }

 private:
  absl::Notification there_;
  absl::StatusOr<Classification> result_ = absl::UnknownError("no answer yet");
};

// Keeps the inference thread inside a task's `done` until it is released.
class Plug {
 public:
  // What it returns may outlive the plug: the thread that waits in it wakes in its own time.
  std::function<void(absl::StatusOr<Classification>)> Callback() {
    return [state = state_](const absl::StatusOr<Classification>&) {
      state->entered.Notify();
      state->release.WaitForNotification();
    };
  }
  void AwaitEntered() { state_->entered.WaitForNotification(); }
  void Release() { state_->release.Notify(); }

 private:
  struct State {
    absl::Notification entered, release;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

class EngineTest : public ServingTest {
 protected:
  EngineTest() : models_(registry_.get(), &metrics_, {}) { version_ = Publish("dr", 1); }

  // With one core, a plug holds all of inference.
  void Start(EngineOptions options = {.cores = 1}) {
    engine_ = std::make_unique<Engine>(&models_, &metrics_, options);
  }
  ClassifyTask Task(Answer& answer) const { return {.image = photograph_, .done = answer.Callback()}; }
  void Hold(Plug& plug) {
    engine_->Submit({.image = photograph_, .done = plug.Callback()}, Admission::kRefuseWhenFull);
    plug.AwaitEntered();
  }

  const std::string photograph_ = Photograph();
  VersionInfo version_;
  ServedModels models_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AnswersWhatTheModelSaysOfThePreprocessedPhotograph) {
  Start();
  Answer answer;
  engine_->Submit(Task(answer), Admission::kRefuseWhenFull);
  ASSERT_TRUE(answer.Wait().ok()) << answer.Wait().status();
  const Classification& got = *answer.Wait();

  const auto model = InferenceModel::Load(version_.dir, "cpu").value();
  const PreprocessSpec& spec = model->manifest().preprocess;
  const Image image = LoadImage(photograph_, spec, {}).value();
  std::vector<float> tensor(spec.crop_size * spec.crop_size * 3);
  ToTensor(image, CentreCrop(image.width, image.height, spec), spec, tensor.data());
  const std::vector<float> want = model->Logits(tensor.data(), 1).value();
  ASSERT_EQ(got.logits.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.logits[i], want[i], 1e-5);

  EXPECT_EQ(got.served->name, "models/dr/versions/1");
  EXPECT_NEAR(std::accumulate(got.probabilities.begin(), got.probabilities.end(), 0.0), 1, 1e-6);
  EXPECT_GT(got.decode, absl::ZeroDuration());
  EXPECT_GE(got.total, got.decode + got.preprocess + got.inference);
}

TEST_F(EngineTest, FullQueueRefusesSingleRequestsAtOnceButNotStreams) {
  Start({.max_queue = 2, .cores = 1});
  Plug plug;
  Hold(plug);
  Answer first, second, refused, windowed;
  engine_->Submit(Task(first), Admission::kRefuseWhenFull);
  engine_->Submit(Task(second), Admission::kRefuseWhenFull);
  engine_->Submit(Task(refused), Admission::kRefuseWhenFull);
  ASSERT_TRUE(refused.there());
  EXPECT_EQ(refused.Wait().status().code(), absl::StatusCode::kResourceExhausted);
  engine_->Submit(Task(windowed), Admission::kWindowed);
  EXPECT_EQ(engine_->QueueDepth(), 3);
  plug.Release();
  EXPECT_TRUE(first.Wait().ok());
  EXPECT_TRUE(second.Wait().ok());
  EXPECT_TRUE(windowed.Wait().ok());
  EXPECT_EQ(engine_->QueueDepth(), 0);
}

TEST_F(EngineTest, BytesThatWaitAreBounded) {
  Start({.max_queued_bytes = static_cast<int64_t>(photograph_.size()) + 10, .cores = 1});
  Plug plug;
  Hold(plug);
  Answer first, refused;
  engine_->Submit(Task(first), Admission::kRefuseWhenFull);
  engine_->Submit(Task(refused), Admission::kRefuseWhenFull);
  ASSERT_TRUE(refused.there());
  EXPECT_EQ(refused.Wait().status().code(), absl::StatusCode::kResourceExhausted);
  plug.Release();
  EXPECT_TRUE(first.Wait().ok());
}

TEST_F(EngineTest, AbandonedRequestsAreNotRun) {
  Start();
  Answer late, cancelled;
  ClassifyTask task = Task(late);
  task.deadline = absl::Now() - absl::Seconds(1);
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  task = Task(cancelled);
  task.cancelled = [] { return true; };
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  EXPECT_EQ(late.Wait().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cancelled.Wait().status().code(), absl::StatusCode::kCancelled);
}

TEST_F(EngineTest, BatchesFormWhileInferenceIsBusy) {
  Start({.max_batch = 4, .cores = 1});
  Plug plug;
  Hold(plug);
  std::vector<Answer> answers(6);
  for (Answer& answer : answers) engine_->Submit(Task(answer), Admission::kRefuseWhenFull);
  // The one decode thread works in order: once this is refused, all before it are ready.
  Answer last;
  ClassifyTask bad = Task(last);
  bad.image = "not a photograph";
  engine_->Submit(std::move(bad), Admission::kRefuseWhenFull);
  EXPECT_EQ(last.Wait().status().code(), absl::StatusCode::kInvalidArgument);
  plug.Release();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(answers[i].Wait()->batch_size, 4) << i;
  for (int i = 4; i < 6; ++i) EXPECT_EQ(answers[i].Wait()->batch_size, 2) << i;
}

TEST_F(EngineTest, AnswersAPreprocessedTensorAsItsPhotograph) {
  Start();
  Answer of_photograph, of_tensor, short_one, infinite;
  engine_->Submit(Task(of_photograph), Admission::kRefuseWhenFull);
  const PreprocessSpec& spec = version_.manifest.preprocess;
  const Image image = LoadImage(photograph_, spec, {}).value();
  const size_t plane = static_cast<size_t>(spec.crop_size) * spec.crop_size;
  std::vector<float> nhwc(plane * 3), nchw(plane * 3);
  ToTensor(image, CentreCrop(image.width, image.height, spec), spec, nhwc.data());
  for (size_t i = 0; i < nhwc.size(); ++i) nchw[i % 3 * plane + i / 3] = nhwc[i];
  std::string bytes(reinterpret_cast<const char*>(nchw.data()), nchw.size() * sizeof(float));
  engine_->Submit({.tensor = bytes, .done = of_tensor.Callback()}, Admission::kRefuseWhenFull);
  ASSERT_TRUE(of_tensor.Wait().ok()) << of_tensor.Wait().status();
  EXPECT_EQ(of_tensor.Wait()->logits, of_photograph.Wait()->logits);
  EXPECT_FALSE(of_tensor.Wait()->quality.has_value());

  const absl::string_view view = bytes;
  engine_->Submit({.tensor = view.substr(4), .done = short_one.Callback()},
                  Admission::kRefuseWhenFull);
  EXPECT_EQ(short_one.Wait().status().code(), absl::StatusCode::kInvalidArgument);
  nchw[5] = std::numeric_limits<float>::infinity();
  const std::string bad(reinterpret_cast<const char*>(nchw.data()), nchw.size() * sizeof(float));
  engine_->Submit({.tensor = bad, .done = infinite.Callback()}, Admission::kRefuseWhenFull);
  EXPECT_EQ(infinite.Wait().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(EngineTest, WhatWaitsForLongerThanItsTimeoutIsUnavailable) {
  Start();
  Plug plug;
  Hold(plug);
  Answer timed_out, patient;
  ClassifyTask task = Task(timed_out);
  task.queue_timeout = absl::ZeroDuration();
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  engine_->Submit(Task(patient), Admission::kRefuseWhenFull);
  plug.Release();
  EXPECT_EQ(timed_out.Wait().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(patient.Wait().ok());
}

TEST_F(EngineTest, AnswersTheSameOnAnyNumberOfCores) {
  std::vector<std::vector<float>> logits;
  for (const int cores : {1, 2, 3}) {
    Start({.cores = cores});
    std::vector<Answer> answers(12);
    for (Answer& answer : answers) engine_->Submit(Task(answer), Admission::kRefuseWhenFull);
    for (Answer& answer : answers) {
      ASSERT_TRUE(answer.Wait().ok()) << answer.Wait().status();
      logits.push_back(answer.Wait()->logits);
    }
    EXPECT_EQ(engine_->QueueDepth(), 0);
  }
  for (const std::vector<float>& one : logits) {
    for (size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], logits[0][i], 1e-4);
  }
}

TEST_F(EngineTest, BatchesHoldOneModelOnly) {
  Publish("other", 2);
  Start({.cores = 1});
  Plug plug;
  engine_->Submit({.model = "models/dr", .image = photograph_, .done = plug.Callback()},
                  Admission::kRefuseWhenFull);
  plug.AwaitEntered();
  std::vector<Answer> answers(4);
  for (int i = 0; i < 4; ++i) {
    ClassifyTask task = Task(answers[i]);
    task.model = i % 2 == 0 ? "models/dr" : "models/other";
    engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  }
  plug.Release();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(answers[i].Wait().ok());
    EXPECT_EQ(answers[i].Wait()->served->model_id, i % 2 == 0 ? "dr" : "other");
  }
}

TEST_F(EngineTest, ExplainsWithoutChangingTheAnswer) {
  Start();
  Answer plain, explained;
  engine_->Submit(Task(plain), Admission::kRefuseWhenFull);
  ASSERT_TRUE(plain.Wait().ok());
  ClassifyTask task = Task(explained);
  task.explain = true;
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  ASSERT_TRUE(explained.Wait().ok()) << explained.Wait().status();
  EXPECT_EQ(explained.Wait()->logits, plain.Wait()->logits);  // Every bit.
  EXPECT_EQ(explained.Wait()->probabilities, plain.Wait()->probabilities);
  EXPECT_EQ(explained.Wait()->grade, plain.Wait()->grade);
  EXPECT_EQ(plain.Wait()->explanation, "");
  EXPECT_EQ(explained.Wait()->explanation.substr(1, 3), "PNG");
  EXPECT_GT(explained.Wait()->total, explained.Wait()->inference);
}

TEST_F(EngineTest, ExplainsWithAnyNumberOfClasses) {
  const TestVersion version = {.model_id = "two", .class_names = {"a", "b"}};
  ASSERT_TRUE(PublishTestVersion(*registry_, version).ok());
  Start();
  Answer answer;
  ClassifyTask task = Task(answer);
  task.model = "models/two";
  task.explain = true;
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  ASSERT_TRUE(answer.Wait().ok()) << answer.Wait().status();
  EXPECT_EQ(answer.Wait()->probabilities.size(), 2u);
  EXPECT_EQ(answer.Wait()->explanation.substr(1, 3), "PNG");
}

// Of one batch, those without an explanation are answered first; each picture is of its own
// photograph.
TEST_F(EngineTest, TheOthersOfABatchDoNotWaitForExplanations) {
  Start({.max_batch = 4, .cores = 1});
  const std::string other = Photograph(4);
  // Holds the thread that draws, inside the answer to an explained photograph.
  Plug drawing, inference;
  engine_->Submit({.image = photograph_, .explain = true, .done = drawing.Callback()},
                  Admission::kRefuseWhenFull);
  drawing.AwaitEntered();
  Hold(inference);
  std::vector<Answer> answers(4);
  for (int i = 0; i < 4; ++i) {
    ClassifyTask task = Task(answers[i]);
    task.image = i < 2 ? photograph_ : other;
    task.explain = i % 2 == 0;
    engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  }
  inference.Release();
  for (const int plain : {1, 3}) EXPECT_TRUE(answers[plain].Wait().ok());
  for (const int explained : {0, 2}) EXPECT_FALSE(answers[explained].there());
  drawing.Release();
  ASSERT_TRUE(answers[0].Wait().ok());
  ASSERT_TRUE(answers[2].Wait().ok());
  EXPECT_NE(answers[0].Wait()->explanation, answers[2].Wait()->explanation);
  EXPECT_EQ(engine_->QueueDepth(), 0);
}

TEST_F(EngineTest, StopAnswersWhatWaitsForItsExplanation) {
  Start({.cores = 1});
  Plug drawing;
  engine_->Submit({.image = photograph_, .explain = true, .done = drawing.Callback()},
                  Admission::kRefuseWhenFull);
  drawing.AwaitEntered();
  Answer waiting, behind;
  ClassifyTask task = Task(waiting);
  task.explain = true;
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  engine_->Submit(Task(behind), Admission::kRefuseWhenFull);
  EXPECT_TRUE(behind.Wait().ok());
  engine_->Stop();
  EXPECT_EQ(waiting.Wait().status().code(), absl::StatusCode::kUnavailable);
  drawing.Release();
}

TEST_F(EngineTest, ABadPhotographHarmsNoOther) {
  Start();
  const std::string truncated = photograph_.substr(0, photograph_.size() / 2);
  for (int round = 0; round < 3; ++round) {
    Answer bad, good;
    ClassifyTask task = Task(bad);
    task.image = truncated;
    engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
    engine_->Submit(Task(good), Admission::kRefuseWhenFull);
    EXPECT_EQ(bad.Wait().status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(good.Wait().ok());
  }
}

TEST_F(EngineTest, StopAnswersWhatWaits) {
  Start();
  Plug plug;
  Hold(plug);
  Answer waiting, after;
  engine_->Submit(Task(waiting), Admission::kWindowed);
  engine_->Stop();
  plug.Release();
  EXPECT_EQ(waiting.Wait().status().code(), absl::StatusCode::kUnavailable);
  engine_->Submit(Task(after), Admission::kRefuseWhenFull);
  EXPECT_EQ(after.Wait().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(EngineTest, PreparesPhotographsAsTheVersionWasTrained) {
  PreprocessSpec spec = version_.manifest.preprocess;
  spec.crop_to_fundus = spec.subtract_local_average = spec.scaled_decode = true;
  const VersionInfo version =
      PublishTestVersion(*registry_, {.model_id = "cropped", .seed = 1, .preprocess = spec}).value();
  Start({.cores = 1, .quality_gate = {.enabled = false}});
  Answer answer;
  // Large enough to be decoded at half its size.
  const std::string photograph =
      EncodeJpeg(PaintPhantom({.patient = 4, .width = 1200, .height = 1100}));
  ClassifyTask task = Task(answer);
  task.model = "models/cropped";
  task.image = photograph;
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  ASSERT_TRUE(answer.Wait().ok()) << answer.Wait().status();
  const Image image = LoadImage(photograph, spec, {}).value();
  std::vector<float> tensor(spec.crop_size * spec.crop_size * 3);
  ToTensor(image, CentreCrop(image.width, image.height, spec), spec, tensor.data());
  const auto model = InferenceModel::Load(version.dir, "cpu").value();
  const std::vector<float> want = model->Logits(tensor.data(), 1).value();
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(answer.Wait()->logits[i], want[i], 1e-5);
  }
}

TEST_F(EngineTest, AnswersByTheCalibrationOfTheVersion) {
  Calibration calibration;
  calibration.rule = {.temperature = 4,
                      .referable_threshold = 0,
                      .vision_threatening_threshold = 1,
                      .cut_points = {-4, -3, -2, -1}};
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "calibrated", .seed = 1,
                                              .calibration = calibration}).ok());
  Start();
  Answer answer;
  ClassifyTask task = Task(answer);
  task.model = "models/calibrated";
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  const Classification& result = *answer.Wait();
  const Decision expected = Decide(
      calibration.rule, std::vector<double>(result.logits.begin(), result.logits.end()));
  for (size_t i = 0; i < result.probabilities.size(); ++i) {
    EXPECT_FLOAT_EQ(result.probabilities[i], static_cast<float>(expected.probabilities[i]));
  }
  EXPECT_EQ(result.grade, 4);  // Every cut point is reached.
  EXPECT_TRUE(result.referable);
  EXPECT_FALSE(result.vision_threatening);
  EXPECT_EQ(result.vision_threatening_score, expected.vision_threatening_score);
}

TEST(GradeLogitsTest, FillsInTheWholeAnswer) {
  Classification classification;
  classification.logits = {1000.f, 1001.f, 999.f, 0.f, 1000.f};
  GradeLogits({.referable_threshold = 0.3, .vision_threatening_threshold = 0.3}, &classification);
  EXPECT_EQ(classification.grade, 1);
  // exp(-1), 1, exp(-2), 0 and exp(-1) over their sum.
  const double sum = 1 + 2 * std::exp(-1) + std::exp(-2);
  EXPECT_NEAR(classification.probabilities[1], 1 / sum, 1e-6);
  EXPECT_NEAR(classification.expected_grade, (1 + 2 * std::exp(-2) + 4 * std::exp(-1)) / sum, 1e-6);
  EXPECT_NEAR(classification.referable_score, (std::exp(-2) + std::exp(-1)) / sum, 1e-6);
  EXPECT_NEAR(classification.vision_threatening_score, std::exp(-1) / sum, 1e-6);
  EXPECT_FALSE(classification.referable);
  EXPECT_FALSE(classification.vision_threatening);
}

}  // namespace
}  // namespace fovea
