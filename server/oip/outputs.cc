#include "server/oip/outputs.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/quality/quality.h"
#include "server/model/architecture.h"
#include "server/oip/tensor_contents.h"

namespace fovea {
namespace {

using Contents = inference::InferTensorContents;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

void AppendPerClass(const Classification& classification, const std::vector<float>& values,
                    Contents* contents) {
  if (classification.ungradable()) {
    for (int i = 0; i < classification.served->model->manifest().num_classes; ++i) {
      contents->add_fp32_contents(kNone);
    }
    return;
  }
  contents->mutable_fp32_contents()->Add(values.begin(), values.end());
}

void AppendScore(const Classification& classification, double score, Contents* contents) {
  contents->add_fp32_contents(classification.ungradable() ? kNone : static_cast<float>(score));
}

void AppendYesNo(const Classification& classification, bool yes, Contents* contents) {
  contents->add_int_contents(classification.ungradable() ? -1 : yes ? 1 : 0);
}

void Probabilities(const Classification& c, Contents* contents) {
  AppendPerClass(c, c.probabilities, contents);
}
void Logits(const Classification& c, Contents* contents) { AppendPerClass(c, c.logits, contents); }
void Grade(const Classification& c, Contents* contents) { contents->add_int_contents(c.grade); }
void ExpectedGrade(const Classification& c, Contents* contents) {
  AppendScore(c, c.expected_grade, contents);
}
void QualityReasons(const Classification& c, Contents* contents) {
  std::vector<const char*> reasons;
  if (c.quality.has_value()) {
    for (const QualityReason reason : c.quality->reasons) {
      reasons.push_back(QualityReasonName(reason));
    }
  }
  contents->add_bytes_contents(absl::StrJoin(reasons, ","));
}
void Referable(const Classification& c, Contents* contents) {
  AppendYesNo(c, c.referable, contents);
}
void ReferableScore(const Classification& c, Contents* contents) {
  AppendScore(c, c.referable_score, contents);
}
void VisionThreatening(const Classification& c, Contents* contents) {
  AppendYesNo(c, c.vision_threatening, contents);
}
void VisionThreateningScore(const Classification& c, Contents* contents) {
  AppendScore(c, c.vision_threatening_score, contents);
}

constexpr OipOutput kOutputs[] = {
    {"probabilities", Datatype::kFp32, true, Probabilities},
    // From here on only of photographs.
    {"grade", Datatype::kInt32, false, Grade},
    {"quality", Datatype::kBytes, false, QualityReasons},
    {"logits", Datatype::kFp32, true, Logits},
    {"expected_grade", Datatype::kFp32, false, ExpectedGrade},
    // From here on only of the five grades.
    {"referable", Datatype::kInt32, false, Referable},
    {"referable_score", Datatype::kFp32, false, ReferableScore},
    {"vision_threatening", Datatype::kInt32, false, VisionThreatening},
    {"vision_threatening_score", Datatype::kFp32, false, VisionThreateningScore},
};
constexpr size_t kOfTensors = 1;
constexpr size_t kOfAnyClasses = 5;

}  // namespace

const char* DatatypeName(Datatype datatype) {
  switch (datatype) {
    case Datatype::kFp32:
      return "FP32";
    case Datatype::kInt32:
      return "INT32";
    case Datatype::kBytes:
      return "BYTES";
  }
  return "";
}

absl::Span<const OipOutput> OutputsOf(const Manifest& manifest, InputKind kind) {
  const absl::Span<const OipOutput> all(kOutputs);
  if (kind == InputKind::kTensor) return all.first(kOfTensors);
  return manifest.num_classes == std::ssize(kGradeNames) ? all : all.first(kOfAnyClasses);
}

void AppendClassification(const OipOutput& output, const Classification& classification, int most,
                          Contents* contents) {
  const Manifest& manifest = classification.served->model->manifest();
  Contents values;
  output.append(classification, &values);
  const auto& numbers = values.fp32_contents();
  std::vector<int> order(numbers.size());
  std::iota(order.begin(), order.end(), 0);
  const int shown = std::min<int>(most, numbers.size());
  if (!classification.ungradable()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return numbers[a] > numbers[b]; });
  }
  for (int i = 0; i < shown; ++i) {
    contents->add_bytes_contents(
        classification.ungradable()
            ? "nan:-1:ungradable"
            : absl::StrFormat("%f:%d:%s", numbers[order[i]], order[i],
                              manifest.class_names[order[i]]));
  }
}

std::string RawContents(const Contents& contents) {
  std::string raw;
  for (const float value : contents.fp32_contents()) AppendRaw(value, &raw);
  for (const int32_t value : contents.int_contents()) AppendRaw(value, &raw);
  for (const std::string& value : contents.bytes_contents()) AppendRawBytes(value, &raw);
  return raw;
}

}  // namespace fovea
