// ModelInfer: what is answered.
#include "server/oip/infer_call.h"

#include <gmock/gmock.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/server/oip/oip_server.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::Pointwise;
using testing::SizeIs;

class InferCallTest : public OipServer {
 protected:
  // What the network itself says.
  std::vector<float> ProbabilitiesOf(const std::string& photograph) {
    const std::vector<float> nchw = NumbersOf<float>(TensorOf(photograph));
    const size_t plane = nchw.size() / 3;
    std::vector<float> nhwc(nchw.size());
    for (size_t i = 0; i < nchw.size(); ++i) nhwc[i % plane * 3 + i / plane] = nchw[i];
    const auto model = InferenceModel::Load(version_.dir, "cpu").value();
    Classification classification;
    classification.logits = model->Logits(nhwc.data(), 1).value();
    GradeLogits(version_.manifest.decision_rule(), &classification);
    return classification.probabilities;
  }
  static void Classify(int classes, const std::string& output, Request* request) {
    auto* wanted = request->add_outputs();
    wanted->set_name(output);
    (*wanted->mutable_parameters())["classification"].set_int64_param(classes);
  }
  AnswerTally Tally() {
    return answers_->Tally("models/dr/versions/1").value_or(AnswerTally());
  }
};

TEST_F(InferCallTest, ATensorIsAnsweredWithItsProbabilities) {
  Start();
  Request request = TensorRequest({TensorOf(Photograph())});
  request.set_id("r-1");
  const Response response = MustInfer(request);
  EXPECT_EQ(response.model_name(), "dr");
  EXPECT_EQ(response.model_version(), "1");
  EXPECT_EQ(response.id(), "r-1");
  EXPECT_THAT(response.parameters().at("notice").string_param(), HasSubstr("Not a medical device"));
  ASSERT_EQ(response.outputs_size(), 1);
  EXPECT_EQ(response.outputs(0).name(), "probabilities");
  EXPECT_EQ(response.outputs(0).datatype(), "FP32");
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(1, 5));
  EXPECT_FALSE(response.outputs(0).has_contents());
  EXPECT_THAT(Output<float>(response, "probabilities"),
              Pointwise(testing::FloatNear(1e-5), ProbabilitiesOf(Photograph())));
}

TEST_F(InferCallTest, AFileIsAnsweredAsTheTensorMadeOfIt) {
  Start();
  const Response response = MustInfer(ImageRequest({Photograph()}));
  EXPECT_EQ(response.model_name(), "dr-image");
  const std::vector<float> probabilities = Output<float>(response, "probabilities");
  EXPECT_THAT(probabilities,
              Pointwise(testing::FloatNear(1e-5), ProbabilitiesOf(Photograph())));
  const int32_t grade = Output<int32_t>(response, "grade").at(0);
  EXPECT_EQ(grade, std::max_element(probabilities.begin(), probabilities.end()) -
                       probabilities.begin());
  EXPECT_EQ(RawOutput(response, "quality"), std::string(4, '\0'));  // One empty element.
  EXPECT_THAT(Output<float>(response, "logits"), SizeIs(5));
  EXPECT_NEAR(Output<float>(response, "expected_grade").at(0),
              probabilities[1] + 2 * probabilities[2] + 3 * probabilities[3] + 4 * probabilities[4],
              1e-5);
  const float referable = probabilities[2] + probabilities[3] + probabilities[4];
  EXPECT_NEAR(Output<float>(response, "referable_score").at(0), referable, 1e-5);
  EXPECT_EQ(Output<int32_t>(response, "referable").at(0), referable >= 0.5 ? 1 : 0);
  EXPECT_THAT(Output<float>(response, "vision_threatening_score"), SizeIs(1));
  EXPECT_THAT(Output<int32_t>(response, "vision_threatening"), SizeIs(1));
}

TEST_F(InferCallTest, TheInputsOfARequestKeepTheirOrder) {
  Start({}, {.max_batch = 2});
  std::vector<std::string> files, tensors;
  std::vector<float> expected;
  for (int i = 0; i < 7; ++i) {
    files.push_back(Photograph(i % 5));
    tensors.push_back(TensorOf(files.back()));
    for (const float probability : ProbabilitiesOf(files.back())) expected.push_back(probability);
  }
  for (const Request& request : {ImageRequest(files), TensorRequest(tensors)}) {
    const Response response = MustInfer(request);
    EXPECT_THAT(response.outputs(0).shape(), ElementsAre(7, 5));
    EXPECT_THAT(Output<float>(response, "probabilities"),
                Pointwise(testing::FloatNear(1e-5), expected));
  }
}

TEST_F(InferCallTest, OnlyTheOutputsThatAreAskedForComeInTheirOrder) {
  Start();
  Request request = ImageRequest({Photograph(), Photograph(4)});
  for (const char* name : {"grade", "probabilities"}) request.add_outputs()->set_name(name);
  const Response response = MustInfer(request);
  ASSERT_EQ(response.outputs_size(), 2);
  EXPECT_EQ(response.outputs(0).name(), "grade");
  EXPECT_EQ(response.outputs(0).datatype(), "INT32");
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(2));
  EXPECT_EQ(response.outputs(1).name(), "probabilities");
  EXPECT_THAT(response.raw_output_contents(), SizeIs(2));
}

TEST_F(InferCallTest, TypedContentsAreAnsweredWithTypedContents) {
  Start();
  const Response raw = MustInfer(TensorRequest({TensorOf(Photograph())}));
  Request request = TensorRequest({TensorOf(Photograph())});
  for (const float value : NumbersOf<float>(request.raw_input_contents(0))) {
    request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(value);
  }
  request.clear_raw_input_contents();
  const Response typed = MustInfer(request);
  EXPECT_EQ(typed.raw_output_contents_size(), 0);
  EXPECT_THAT(typed.outputs(0).contents().fp32_contents(),
              Pointwise(FloatEq(), Output<float>(raw, "probabilities")));

  Request files = ImageRequest({Photograph(), Photograph()});
  files.clear_raw_input_contents();
  for (int i = 0; i < 2; ++i) {
    files.mutable_inputs(0)->mutable_contents()->add_bytes_contents(Photograph());
  }
  const Response answer = MustInfer(files);
  EXPECT_THAT(answer.outputs(0).contents().fp32_contents(), SizeIs(10));
  EXPECT_THAT(answer.outputs(1).contents().int_contents(), SizeIs(2));
  EXPECT_THAT(answer.outputs(2).contents().bytes_contents(), ElementsAre("", ""));
}

TEST_F(InferCallTest, ClassificationNamesTheHighestClasses) {
  Start();
  Request request = TensorRequest({TensorOf(Photograph())});
  Classify(2, "probabilities", &request);
  const Response response = MustInfer(request);
  EXPECT_EQ(response.outputs(0).datatype(), "BYTES");
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(1, 2));
  const std::vector<float> probabilities = ProbabilitiesOf(Photograph());
  const auto best = std::max_element(probabilities.begin(), probabilities.end());
  const auto elements = SplitRawBytes(response.raw_output_contents(0), 2).value();
  const std::string class_and_name =
      absl::StrCat(":", best - probabilities.begin(), ":", best - probabilities.begin());
  EXPECT_THAT(std::string(elements[0]), testing::EndsWith(class_and_name));
  EXPECT_NEAR(std::stof(std::string(elements[0])), *best, 1e-4);
  EXPECT_LE(std::stof(std::string(elements[1])), std::stof(std::string(elements[0])));
}

TEST_F(InferCallTest, ClassificationOfMoreThanThereAreGivesAll) {
  Start();
  Request request = ImageRequest({Photograph(), Photograph()});
  Classify(100, "logits", &request);
  const Response response = MustInfer(request);
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(2, 5));
  EXPECT_TRUE(SplitRawBytes(response.raw_output_contents(0), 10).ok());
}

TEST_F(InferCallTest, WhatTheGateRefusesHasNothingThatLooksLikeAGrade) {
  Start();
  const Response response = MustInfer(ImageRequest({UngradablePhotograph(), Photograph()}));
  const std::vector<float> probabilities = Output<float>(response, "probabilities");
  ASSERT_THAT(probabilities, SizeIs(10));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(std::isnan(probabilities[i]));
  for (int i = 5; i < 10; ++i) EXPECT_FALSE(std::isnan(probabilities[i]));
  EXPECT_EQ(Output<int32_t>(response, "grade").at(0), -1);
  EXPECT_GE(Output<int32_t>(response, "grade").at(1), 0);
  EXPECT_EQ(Output<int32_t>(response, "referable").at(0), -1);
  EXPECT_TRUE(std::isnan(Output<float>(response, "referable_score").at(0)));
  const std::string reasons = RawOutput(response, "quality");
  const auto quality = SplitRawBytes(reasons, 2).value();
  EXPECT_THAT(std::string(quality[0]), testing::StartsWith("not_a_fundus"));
  EXPECT_EQ(quality[1], "");
  EXPECT_EQ(Tally().ungradable, 1);

  Request classified = ImageRequest({UngradablePhotograph()});
  Classify(2, "probabilities", &classified);
  const Response refused = MustInfer(classified);
  EXPECT_THAT(SplitRawBytes(refused.raw_output_contents(0), 2).value(),
              ElementsAre("nan:-1:ungradable", "nan:-1:ungradable"));
}

TEST_F(InferCallTest, GradeAnywayGradesWhatTheGateRefuses) {
  Start();
  Request request = ImageRequest({UngradablePhotograph()});
  (*request.mutable_parameters())["grade_anyway"].set_bool_param(true);
  const Response response = MustInfer(request);
  EXPECT_GE(Output<int32_t>(response, "grade").at(0), 0);
  EXPECT_THAT(RawOutput(response, "quality"), HasSubstr("not_a_fundus"));
}

TEST_F(InferCallTest, AnswersToPhotographsAreKeptForFeedbackAndThoseToTensorsAreNot) {
  Start();
  Request request = ImageRequest({Photograph()});
  request.set_id("one");
  MustInfer(request);
  EXPECT_TRUE(answers_->SubmitFeedback({"one", 2, "anna"}).ok());
  request = ImageRequest({Photograph(), Photograph(4)});
  request.set_id("two");
  const Response both = MustInfer(request);
  EXPECT_EQ(answers_->SubmitFeedback({"two/1", 2, "anna"})->answered,
            Output<int32_t>(both, "grade").at(1));
  request = TensorRequest({TensorOf(Photograph())});
  request.set_id("three");
  MustInfer(request);
  EXPECT_TRUE(absl::IsNotFound(answers_->SubmitFeedback({"three", 2, "anna"}).status()));
  EXPECT_EQ(Tally().answered[0] + Tally().answered[1] + Tally().answered[2] +
                Tally().answered[3] + Tally().answered[4],
            3);
}

TEST_F(InferCallTest, TheServerChoosesAVersionAndSaysWhich) {
  Start();
  Publish("dr", 2);
  Request request = TensorRequest({TensorOf(Photograph())});
  EXPECT_EQ(MustInfer(request).model_version(), "1");  // The first one became production.
  request.set_model_version("2");
  const Response second = MustInfer(request);
  EXPECT_EQ(second.model_version(), "2");
  ASSERT_TRUE(registry_->SetAlias("dr", "production", 2).ok());
  models_.Refresh();
  request.clear_model_version();
  const Response moved = MustInfer(request);
  EXPECT_EQ(moved.model_version(), "2");
  EXPECT_EQ(moved.raw_output_contents(0), second.raw_output_contents(0));
  ASSERT_TRUE(registry_->SetAlias("dr", "rival", 1).ok());
  request.set_model_version("rival");
  EXPECT_EQ(MustInfer(request).model_version(), "1");
}

TEST_F(InferCallTest, PrioritiesAndTimeoutsOfEitherIntegerAreTaken) {
  Start();
  Request request = TensorRequest({TensorOf(Photograph())});
  for (const uint64_t priority : {0, 1, 10}) {
    (*request.mutable_parameters())["priority"].set_uint64_param(priority);
    (*request.mutable_parameters())["timeout"].set_int64_param(60'000'000);
    MustInfer(request);
    (*request.mutable_parameters())["priority"].set_int64_param(static_cast<int64_t>(priority));
    MustInfer(request);
  }
}

TEST_F(InferCallTest, WhatTritonsClientsSetForThemselvesIsNoMistake) {
  Start();
  Request request = TensorRequest({TensorOf(Photograph())});
  (*request.mutable_parameters())["triton_enable_empty_final_response"].set_bool_param(true);
  MustInfer(request);
}

TEST_F(InferCallTest, AModelOfOtherClassesHasNoReferableOutputs) {
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "two", .class_names = {"a", "b"}}).ok());
  Start();
  Request request = ImageRequest({Photograph()});
  request.set_model_name("two-image");
  const Response response = MustInfer(request);
  std::vector<std::string> names;
  for (const auto& output : response.outputs()) names.push_back(output.name());
  EXPECT_THAT(names,
              ElementsAre("probabilities", "grade", "quality", "logits", "expected_grade"));
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace fovea
