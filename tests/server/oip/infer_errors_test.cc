// ModelInfer: what is refused, and in which words.
#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

#include <functional>
#include <limits>
#include <thread>

#include "tests/server/oip/oip_server.h"
#include "tests/testing/await.h"

namespace fovea {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;

class InferErrorsTest : public OipServer {
 protected:
  void Expect(const Request& request, StatusCode code, const std::string& text) {
    Response response;
    const grpc::Status status = Infer(request, &response);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }
  // INVALID_ARGUMENT for a good request that `spoil` has changed.
  void ExpectInvalid(const std::string& text, const std::function<void(Request*)>& spoil,
                     bool image = false) {
    Request request = image ? ImageRequest({Photograph()}) : TensorRequest({tensor_});
    spoil(&request);
    Expect(request, StatusCode::INVALID_ARGUMENT, text);
  }

  const std::string tensor_ = TensorOf(Photograph());
};

// Keeps the engine from inferring until it is released.
class Plug {
 public:
  explicit Plug(Engine* engine, const std::string& photograph) {
    engine->Submit({.image = photograph,
                    .done =
                        [state = state_](const absl::StatusOr<Classification>&) {
                          state->entered.Notify();
                          state->release.WaitForNotification();
                        }},
                   Admission::kRefuseWhenFull);
    state_->entered.WaitForNotification();
  }
  void Release() { state_->release.Notify(); }

 private:
  struct State {
    absl::Notification entered, release;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST_F(InferErrorsTest, UnknownModelsAndVersionsAreNotFound) {
  Start();
  Request request = TensorRequest({tensor_});
  request.set_model_name("none");
  Expect(request, StatusCode::NOT_FOUND, "none");
  request.set_model_name("No Such Name");
  Expect(request, StatusCode::NOT_FOUND, "there is no \"No Such Name\"");
  request.set_model_name("dr");
  for (const char* version : {"7", "0", "no-alias", "?"}) {
    request.set_model_version(version);
    Expect(request, StatusCode::NOT_FOUND, version);
  }
  request.clear_model_version();
  request.clear_model_name();
  Expect(request, StatusCode::INVALID_ARGUMENT, "model name: empty");
}

TEST_F(InferErrorsTest, AVersionThatCannotAnswerIsUnavailable) {
  ASSERT_TRUE(PublishTestVersion(*registry_, {.model_id = "bare", .class_names = {}}).ok());
  Start();
  Request request = TensorRequest({tensor_});
  request.set_model_name("bare");
  Expect(request, StatusCode::UNAVAILABLE, "has no class names");
}

TEST_F(InferErrorsTest, InputsMustBeWhatTheMetadataSays) {
  Start();
  ExpectInvalid("inputs: has 0 tensors", [](Request* r) { r->clear_inputs(); });
  ExpectInvalid("inputs: has 2 tensors", [](Request* r) { *r->add_inputs() = r->inputs(0); });
  ExpectInvalid("inputs[0].name: is \"x\", the input is \"image\"",
                [](Request* r) { r->mutable_inputs(0)->set_name("x"); });
  ExpectInvalid("inputs[0].datatype: is \"FP16\", must be \"FP32\"",
                [](Request* r) { r->mutable_inputs(0)->set_datatype("FP16"); });
  ExpectInvalid("must be \"BYTES\"",
                [](Request* r) { r->mutable_inputs(0)->set_datatype("UINT8"); }, true);
  ExpectInvalid("is [1,3,32,33], must be [-1,3,32,32]",
                [](Request* r) { r->mutable_inputs(0)->set_shape(3, 33); });
  ExpectInvalid("is [3,32,32], must be", [](Request* r) {
    r->mutable_inputs(0)->mutable_shape()->erase(r->inputs(0).shape().begin());
  });
  ExpectInvalid("is [], must be [-1]", [](Request* r) { r->mutable_inputs(0)->clear_shape(); },
                true);
}

TEST_F(InferErrorsTest, TheNumberOfInputsIsLimited) {
  Start({.limits = {.max_inputs = 2}});
  const std::string file = Photograph();
  MustInfer(ImageRequest({file, file}));
  Expect(ImageRequest({file, file, file}), StatusCode::INVALID_ARGUMENT,
         "is [3], its first number may be 1 to 2");
  Expect(ImageRequest({}), StatusCode::INVALID_ARGUMENT, "is [0], its first number may be 1 to 2");
  for (const int64_t count : {int64_t{-1}, std::numeric_limits<int64_t>::max(),
                              std::numeric_limits<int64_t>::min()}) {
    ExpectInvalid("its first number may be",
                  [&](Request* r) { r->mutable_inputs(0)->set_shape(0, count); });
  }
}

TEST_F(InferErrorsTest, SizesAreCheckedExactly) {
  Start();
  ExpectInvalid("raw_input_contents[0]: has 12287 bytes, the shape needs 12288",
                [](Request* r) { r->mutable_raw_input_contents(0)->pop_back(); });
  ExpectInvalid("raw_input_contents[0]: has 12289 bytes",
                [](Request* r) { r->mutable_raw_input_contents(0)->push_back('x'); });
  ExpectInvalid("raw_input_contents[0]: has 0 bytes",
                [](Request* r) { r->mutable_raw_input_contents(0)->clear(); });
  ExpectInvalid("raw_input_contents: has 2 entries",
                [](Request* r) { r->add_raw_input_contents(); });
  ExpectInvalid("must be empty where raw_input_contents is used",
                [](Request* r) { r->mutable_inputs(0)->mutable_contents()->add_fp32_contents(1); });
  ExpectInvalid("inputs[0].contents: has 0 bytes, the shape needs 12288",
                [](Request* r) { r->clear_raw_input_contents(); });
  ExpectInvalid("inputs[0].contents: FP32 must be in fp32_contents alone", [](Request* r) {
    r->clear_raw_input_contents();
    r->mutable_inputs(0)->mutable_contents()->add_fp64_contents(1);
  });
  ExpectInvalid("raw_input_contents[0]: has",
                [](Request* r) { r->mutable_raw_input_contents(0)->pop_back(); }, true);
  ExpectInvalid("bytes_contents has 2 elements, the shape needs 1", [](Request* r) {
    r->clear_raw_input_contents();
    for (const char* file : {"a", "b"}) {
      r->mutable_inputs(0)->mutable_contents()->add_bytes_contents(file);
    }
  }, true);
  ExpectInvalid("inputs[0].contents: BYTES must be in bytes_contents alone", [](Request* r) {
    r->clear_raw_input_contents();
    r->mutable_inputs(0)->mutable_contents()->add_int_contents(1);
  }, true);
}

TEST_F(InferErrorsTest, OutputsMustBeOfTheModel) {
  Start();
  const auto ask = [](const char* name) {
    return [name](Request* r) { r->add_outputs()->set_name(name); };
  };
  ExpectInvalid("outputs[0].name: is \"softmax\", the model has probabilities", ask("softmax"));
  ExpectInvalid("the model has probabilities", ask("grade"));  // Only of photographs.
  ExpectInvalid("outputs[1].name: is asked for twice", [](Request* r) {
    for (int i = 0; i < 2; ++i) r->add_outputs()->set_name("grade");
  }, true);
}

TEST_F(InferErrorsTest, ClassificationMustBeOfClasses) {
  Start();
  const auto classify = [](const char* name, int64_t classes) {
    return [=](Request* r) {
      r->add_outputs()->set_name(name);
      (*r->mutable_outputs(0)->mutable_parameters())["classification"].set_int64_param(classes);
    };
  };
  ExpectInvalid("outputs[0].parameters.classification: is 0", classify("probabilities", 0));
  ExpectInvalid("outputs[0].parameters.classification: is -1", classify("probabilities", -1));
  ExpectInvalid("is for outputs with a number a class", classify("grade", 1), true);
  ExpectInvalid("outputs[0].parameters.classification: must be an integer", [](Request* r) {
    r->add_outputs()->set_name("probabilities");
    (*r->mutable_outputs(0)->mutable_parameters())["classification"].set_string_param("3");
  });
}

TEST_F(InferErrorsTest, ParametersMustBeKnownAndInTheirRange) {
  Start();
  const auto set = [](const char* name, int64_t value) {
    return [=](Request* r) { (*r->mutable_parameters())[name].set_int64_param(value); };
  };
  ExpectInvalid("parameters.priority: is 11, allowed are 1 (first) to 10", set("priority", 11));
  ExpectInvalid("parameters.priority: is -1", set("priority", -1));
  ExpectInvalid("parameters.timeout: is -5", set("timeout", -5));
  ExpectInvalid("parameters.sequence_id: is not known, allowed are priority",
                set("sequence_id", 1));
  ExpectInvalid("parameters.grade_anyway: must be a bool", set("grade_anyway", 1), true);
  ExpectInvalid("parameters.priority: must be an integer", [](Request* r) {
    (*r->mutable_parameters())["priority"].set_string_param("high");
  });
  ExpectInvalid("is only for photographs", [](Request* r) {
    (*r->mutable_parameters())["grade_anyway"].set_bool_param(true);
  });
  ExpectInvalid("id: is longer than 120", [](Request* r) { r->set_id(std::string(121, 'x')); });
}

TEST_F(InferErrorsTest, SharedMemoryIsNotOffered) {
  Start();
  Request request = TensorRequest({tensor_});
  auto& parameters = *request.mutable_inputs(0)->mutable_parameters();
  parameters["shared_memory_region"].set_string_param("region");
  Expect(request, StatusCode::UNIMPLEMENTED, "inputs[0].parameters.shared_memory_region");
  request = TensorRequest({tensor_});
  request.add_outputs()->set_name("probabilities");
  auto& of_output = *request.mutable_outputs(0)->mutable_parameters();
  of_output["shared_memory_byte_size"].set_int64_param(20);
  Expect(request, StatusCode::UNIMPLEMENTED, "outputs[0].parameters.shared_memory_byte_size");
}

TEST_F(InferErrorsTest, ABadFileIsNamedAndHarmsNoOtherRequest) {
  Start();
  const std::string file = Photograph();
  Expect(ImageRequest({file, file.substr(0, file.size() / 2), file}), StatusCode::INVALID_ARGUMENT,
         "inputs[0] element 1: image: ");
  Expect(ImageRequest({""}), StatusCode::INVALID_ARGUMENT, "inputs[0] element 0: image: ");
  Expect(ImageRequest({"GIF89a"}), StatusCode::INVALID_ARGUMENT, "inputs[0] element 0: image: ");
  MustInfer(ImageRequest({file}));
}

TEST_F(InferErrorsTest, NumbersThatAreNoPhotographGetNoGrade) {
  Start();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    std::string tensor = tensor_;
    memcpy(tensor.data() + 400, &bad, sizeof(bad));
    Expect(TensorRequest({tensor_, tensor}), StatusCode::INVALID_ARGUMENT,
           "inputs[0] element 1: tensor: has a number that is not finite");
  }
}

TEST_F(InferErrorsTest, AFullQueueIsUnavailable) {
  Start({}, {.max_queue = 1, .cores = 1});
  const std::string file = Photograph();
  Plug plug(engine_.get(), file);
  std::thread waiting([&] { MustInfer(ImageRequest({file, file})); });
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 2; }));
  EXPECT_THAT(prometheus::TextSerializer().Serialize(metrics_.registry()->Collect()),
              HasSubstr("nv_inference_pending_request_count{model=\"dr-image\",version=\"1\"} 2"));
  Expect(ImageRequest({file}), StatusCode::UNAVAILABLE, "queue is full");
  plug.Release();
  waiting.join();
}

TEST_F(InferErrorsTest, ARequestThatWaitedLongerThanItsTimeoutIsUnavailable) {
  Start();
  Request request = TensorRequest({tensor_});
  // A microsecond: less than it takes another thread to wake up.
  (*request.mutable_parameters())["timeout"].set_int64_param(1);
  Expect(request, StatusCode::UNAVAILABLE, "longer than its timeout");
}

TEST_F(InferErrorsTest, AStoppedEngineIsUnavailable) {
  Start();
  MustInfer(TensorRequest({tensor_}));
  engine_->Stop();
  Expect(TensorRequest({tensor_}), StatusCode::UNAVAILABLE, "shutting down");
}

TEST_F(InferErrorsTest, ACancelledRequestIsNotRun) {
  Start();
  const std::string file = Photograph();
  Plug plug(engine_.get(), file);
  grpc::ClientContext context;
  Response response;
  grpc::Status status;
  std::thread waiting(
      [&] { status = stub_->ModelInfer(&context, ImageRequest({file, file}), &response); });
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 2; }));
  context.TryCancel();
  waiting.join();
  EXPECT_EQ(status.error_code(), StatusCode::CANCELLED);
  // What is sent later over the same connection is read after the cancellation.
  grpc::ClientContext later;
  inference::ServerLiveResponse live;
  EXPECT_TRUE(stub_->ServerLive(&later, {}, &live).ok());
  plug.Release();
  EXPECT_TRUE(AwaitCondition([&] {
    return statistics_.Of("dr", 1, InputKind::kImage).fail.count == 1;
  }));
  EXPECT_EQ(statistics_.Of("dr", 1, InputKind::kImage).inputs, 1);  // The plug.
}

}  // namespace
}  // namespace fovea
