// Explanations, through a real server.
#include <gmock/gmock.h>

#include "common/base/random_stream.h"
#include "tests/server/rpc/classification_server.h"

namespace fovea {
namespace {

bool IsPng(const std::string& bytes) { return bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n"; }

class ExplanationTest : public ClassificationServer {
 protected:
  static v1::ClassifyRequest Explained(const std::string& image, const std::string& id = "") {
    v1::ClassifyRequest request = Request(image, id);
    request.set_explain(true);
    return request;
  }
};

TEST_F(ExplanationTest, IsAPngBesideAnUnchangedAnswer) {
  Start();
  v1::ClassifyResponse plain, explained;
  ASSERT_TRUE(Classify(Request(Photograph(), "r"), &plain).ok());
  ASSERT_TRUE(Classify(Explained(Photograph(), "r"), &explained).ok());
  EXPECT_EQ(plain.explanation(), "");
  EXPECT_TRUE(IsPng(explained.explanation()));
  EXPECT_GE(explained.latency().total_ms(), explained.latency().inference_ms());
  // All else is equal, every bit of the logits too.
  explained.clear_explanation();
  explained.clear_latency();
  plain.clear_latency();
  EXPECT_EQ(explained.SerializeAsString(), plain.SerializeAsString());
}

TEST_F(ExplanationTest, AnUngradablePhotographHasNone) {
  Start();
  v1::ClassifyResponse response;
  v1::ClassifyRequest request = Explained(UngradablePhotograph());
  ASSERT_TRUE(Classify(request, &response).ok());
  EXPECT_TRUE(response.ungradable());
  EXPECT_EQ(response.explanation(), "");
  request.set_grade_anyway(true);
  ASSERT_TRUE(Classify(request, &response).ok());
  EXPECT_TRUE(IsPng(response.explanation()));
}

TEST_F(ExplanationTest, StreamsAndPatientsHaveThemWhereAsked) {
  Start();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  for (int i = 0; i < 6; ++i) {
    stream->Write(i % 2 == 0 ? Explained(Photograph(), std::to_string(i))
                             : Request(Photograph(), std::to_string(i)));
  }
  stream->WritesDone();
  v1::ClassifyStreamResponse answer;
  int answers = 0;
  while (stream->Read(&answer)) {
    ++answers;
    const bool asked = std::stoi(answer.request_id()) % 2 == 0;
    EXPECT_EQ(IsPng(answer.response().explanation()), asked) << answer.request_id();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answers, 6);

  v1::ClassifyPatientRequest request;
  request.set_left_image(Photograph(1));
  request.set_right_image(Photograph(4));
  request.set_explain(true);
  v1::ClassifyPatientResponse patient;
  grpc::ClientContext patient_context;
  ASSERT_TRUE(stub_->ClassifyPatient(&patient_context, request, &patient).ok());
  EXPECT_TRUE(IsPng(patient.left().explanation()));
  EXPECT_TRUE(IsPng(patient.right().explanation()));
  EXPECT_NE(patient.left().explanation(), patient.right().explanation());
}

// This client takes gRPC's usual 4 MiB.
TEST_F(ExplanationTest, OfTheLargestCropFitsIntoAMessage) {
  const TestVersion large = {.model_id = "large",
                             .class_names = {"a", "b"},
                             .preprocess = {.resize_short_side = 1024, .crop_size = 1024}};
  ASSERT_TRUE(PublishTestVersion(*registry_, large).ok());
  Image noise = BlankImage(1024, 1024);
  RandomStream random({8});
  for (uint8_t& value : noise.rgb) value = static_cast<uint8_t>(random.Below(256));
  Start();
  v1::ClassifyRequest request = Explained(EncodePng(noise));
  request.set_model("models/large");
  v1::ClassifyResponse response;
  const grpc::Status status = Classify(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(IsPng(response.explanation()));
  EXPECT_GT(response.explanation().size(), 2u << 20) << "not the worst case";
}

}  // namespace
}  // namespace fovea
