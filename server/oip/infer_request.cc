#include "server/oip/infer_request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "server/oip/tensor_contents.h"

namespace fovea {
namespace {

using inference::InferParameter;
using Input = inference::ModelInferRequest::InferInputTensor;
using Parameters = google::protobuf::Map<std::string, InferParameter>;

// An id is also that of an answer, for feedback, with "/" and the place of the input behind it.
constexpr size_t kMaxId = 120;
constexpr char kSharedMemoryPrefix[] = "shared_memory_";
// Triton's own clients set such ones by themselves; they say nothing about the request.
constexpr char kTritonPrefix[] = "triton_";

absl::StatusOr<int64_t> Integer(const std::string& field, const InferParameter& parameter) {
  if (parameter.has_int64_param()) return parameter.int64_param();
  if (parameter.has_uint64_param()) {
    return static_cast<int64_t>(std::min<uint64_t>(parameter.uint64_param(), INT64_MAX));
  }
  return FieldError(field, "must be an integer");
}

absl::Status SetPriority(const InferParameter& parameter, InferPlan* plan) {
  FOVEA_ASSIGN_OR_RETURN(const int64_t priority, Integer("parameters.priority", parameter));
  if (priority < 0 || priority > kLowestPriority) {
    return FieldError("parameters.priority",
                      absl::StrCat("is ", priority, ", allowed are 1 (first) to ", kLowestPriority,
                                   ", and 0 for the default"));
  }
  if (priority > 0) plan->priority = static_cast<int>(priority);
  return absl::OkStatus();
}

absl::Status SetTimeout(const InferParameter& parameter, InferPlan* plan) {
  FOVEA_ASSIGN_OR_RETURN(const int64_t timeout, Integer("parameters.timeout", parameter));
  if (timeout < 0) {
    return FieldError("parameters.timeout",
                      absl::StrCat("is ", timeout,
                                   ", allowed are microseconds from 1 on, and 0 for none"));
  }
  if (timeout > 0) plan->queue_timeout = absl::Microseconds(timeout);
  return absl::OkStatus();
}

absl::Status SetGradeAnyway(const InferParameter& parameter, InputKind kind, InferPlan* plan) {
  if (!parameter.has_bool_param()) {
    return FieldError("parameters.grade_anyway", "must be a bool");
  }
  if (kind == InputKind::kTensor) {
    return FieldError("parameters.grade_anyway",
                      "is only for photographs: the quality gate does not look at tensors");
  }
  plan->grade_anyway = parameter.bool_param();
  return absl::OkStatus();
}

absl::Status SetParameters(const Parameters& parameters, InputKind kind, InferPlan* plan) {
  for (const auto& [name, value] : parameters) {
    if (name == "priority") {
      FOVEA_RETURN_IF_ERROR(SetPriority(value, plan));
    } else if (name == "timeout") {
      FOVEA_RETURN_IF_ERROR(SetTimeout(value, plan));
    } else if (name == "grade_anyway") {
      FOVEA_RETURN_IF_ERROR(SetGradeAnyway(value, kind, plan));
    } else if (!absl::StartsWith(name, kTritonPrefix)) {
      return FieldError(absl::StrCat("parameters.", name),
                        "is not known, allowed are priority, timeout and grade_anyway");
    }
  }
  return absl::OkStatus();
}

absl::Status RefuseSharedMemory(absl::string_view field, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (!absl::StartsWith(name, kSharedMemoryPrefix)) continue;
    return absl::UnimplementedError(absl::StrCat(
        field, ".parameters.", name, ": shared memory is not offered; send and take the contents"));
  }
  return absl::OkStatus();
}

absl::Status CheckInput(const Input& input, const Manifest& manifest, InputKind kind,
                        int max_inputs) {
  if (input.name() != kInputName) {
    return FieldError("inputs[0].name",
                      absl::StrCat("is \"", input.name(), "\", the input is \"", kInputName, "\""));
  }
  const absl::string_view datatype = kind == InputKind::kImage ? "BYTES" : "FP32";
  if (input.datatype() != datatype) {
    return FieldError("inputs[0].datatype",
                      absl::StrCat("is \"", input.datatype(), "\", must be \"", datatype, "\""));
  }
  const std::vector<int64_t> wanted = InputShape(manifest, kind);
  const std::vector<int64_t> shape(input.shape().begin(), input.shape().end());
  if (shape.size() != wanted.size() ||
      !std::equal(shape.begin() + 1, shape.end(), wanted.begin() + 1)) {
    return FieldError("inputs[0].shape", absl::StrCat("is ", ShapeText(shape), ", must be ",
                                                      ShapeText(wanted), ", -1 being 1 to ",
                                                      max_inputs));
  }
  if (shape[0] < 1 || shape[0] > max_inputs) {
    return FieldError("inputs[0].shape", absl::StrCat("is ", ShapeText(shape), ", its first number "
                                                      "may be 1 to ", max_inputs));
  }
  return RefuseSharedMemory("inputs[0]", input.parameters());
}

// The elements of every field but that of the datatype.
int OthersSet(const inference::InferTensorContents& c, InputKind kind) {
  return c.bool_contents_size() + c.int_contents_size() + c.int64_contents_size() +
         c.uint_contents_size() + c.uint64_contents_size() + c.fp64_contents_size() +
         (kind == InputKind::kImage ? c.fp32_contents_size() : c.bytes_contents_size());
}

absl::string_view BytesOf(const google::protobuf::RepeatedField<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

using Rows = absl::StatusOr<std::vector<absl::string_view>>;

Rows TypedRows(const inference::InferTensorContents& contents, InputKind kind, int64_t count,
               int64_t bytes) {
  if (OthersSet(contents, kind) > 0) {
    return absl::InvalidArgumentError(kind == InputKind::kImage
                                          ? "BYTES must be in bytes_contents alone"
                                          : "FP32 must be in fp32_contents alone");
  }
  if (kind == InputKind::kTensor) {
    return SplitRawRows(BytesOf(contents.fp32_contents()), count, bytes);
  }
  if (contents.bytes_contents_size() != count) {
    return absl::InvalidArgumentError(absl::StrCat("bytes_contents has ",
                                                   contents.bytes_contents_size(),
                                                   " elements, the shape needs ", count));
  }
  return std::vector<absl::string_view>(contents.bytes_contents().begin(),
                                        contents.bytes_contents().end());
}

absl::Status SetInputs(const inference::ModelInferRequest& request, const Manifest& manifest,
                       InputKind kind, InferPlan* plan) {
  const Input& input = request.inputs(0);
  const int64_t count = input.shape(0);
  const int64_t side = manifest.preprocess.crop_size;
  const int64_t bytes = 3 * side * side * static_cast<int64_t>(sizeof(float));
  plan->raw = request.raw_input_contents_size() > 0;
  if (!plan->raw) {
    Rows rows = TypedRows(input.contents(), kind, count, bytes);
    if (!rows.ok()) return Annotate(rows.status(), "inputs[0].contents");
    plan->inputs = *std::move(rows);
    return absl::OkStatus();
  }
  if (input.contents().ByteSizeLong() > 0) {
    return FieldError("inputs[0].contents", "must be empty where raw_input_contents is used");
  }
  const std::string& raw = request.raw_input_contents(0);
  Rows rows = kind == InputKind::kImage ? SplitRawBytes(raw, count)
                                        : SplitRawRows(raw, count, bytes);
  if (!rows.ok()) return Annotate(rows.status(), "raw_input_contents[0]");
  plan->inputs = *std::move(rows);
  return absl::OkStatus();
}

absl::StatusOr<int> ClassificationOf(const std::string& field, const OipOutput& output,
                                     const Parameters& parameters) {
  const auto found = parameters.find("classification");
  if (found == parameters.end()) return 0;
  const std::string name = absl::StrCat(field, ".parameters.classification");
  FOVEA_ASSIGN_OR_RETURN(const int64_t classes, Integer(name, found->second));
  if (classes < 1) return FieldError(name, absl::StrCat("is ", classes, ", must be 1 or more"));
  if (!output.per_class) {
    return FieldError(name, absl::StrCat("is for outputs with a number a class, which \"",
                                         output.name, "\" is not"));
  }
  return static_cast<int>(std::min<int64_t>(classes, INT32_MAX));
}

absl::StatusOr<WantedOutput> FindOutput(
    const std::string& field,
    const inference::ModelInferRequest::InferRequestedOutputTensor& wanted,
    absl::Span<const OipOutput> outputs) {
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const OipOutput& output) {
    return wanted.name() == output.name;
  });
  if (found == outputs.end()) {
    const std::string names = absl::StrJoin(
        outputs, ", ", [](std::string* text, const OipOutput& output) { *text += output.name; });
    return FieldError(absl::StrCat(field, ".name"), absl::StrCat("is \"", wanted.name(),
                                                                 "\", the model has ", names));
  }
  FOVEA_RETURN_IF_ERROR(RefuseSharedMemory(field, wanted.parameters()));
  FOVEA_ASSIGN_OR_RETURN(const int classes,
                         ClassificationOf(field, *found, wanted.parameters()));
  return WantedOutput{*found, classes};
}

absl::Status SetOutputs(const inference::ModelInferRequest& request,
                        absl::Span<const OipOutput> outputs, InferPlan* plan) {
  if (request.outputs().empty()) {
    for (const OipOutput& output : outputs) plan->outputs.push_back({output});
    return absl::OkStatus();
  }
  for (int i = 0; i < request.outputs_size(); ++i) {
    const std::string field = absl::StrCat("outputs[", i, "]");
    FOVEA_ASSIGN_OR_RETURN(WantedOutput wanted, FindOutput(field, request.outputs(i), outputs));
    for (const WantedOutput& before : plan->outputs) {
      if (before.output.name != wanted.output.name) continue;
      return FieldError(absl::StrCat(field, ".name"), "is asked for twice");
    }
    plan->outputs.push_back(wanted);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InferPlan> PlanInference(const inference::ModelInferRequest& request,
                                        const Manifest& manifest, InputKind kind, int max_inputs) {
  InferPlan plan;
  if (request.id().size() > kMaxId) {
    return FieldError("id", absl::StrCat("is longer than ", kMaxId, " characters"));
  }
  FOVEA_RETURN_IF_ERROR(SetParameters(request.parameters(), kind, &plan));
  if (request.inputs_size() != 1) {
    return FieldError("inputs", absl::StrCat("has ", request.inputs_size(), " tensors, must have "
                                             "one, \"", kInputName, "\""));
  }
  const int raw = request.raw_input_contents_size();
  if (raw != 0 && raw != request.inputs_size()) {
    return FieldError("raw_input_contents", absl::StrCat("has ", raw, " entries, must have one an "
                                                         "input or none"));
  }
  FOVEA_RETURN_IF_ERROR(CheckInput(request.inputs(0), manifest, kind, max_inputs));
  FOVEA_RETURN_IF_ERROR(SetInputs(request, manifest, kind, &plan));
  FOVEA_RETURN_IF_ERROR(SetOutputs(request, OutputsOf(manifest, kind), &plan));
  return plan;
}

}  // namespace fovea
