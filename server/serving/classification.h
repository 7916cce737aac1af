// What is asked of the engine, and what it answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/evaluation/decision.h"
#include "common/quality/quality.h"
#include "server/serving/model_pin.h"
#include "server/serving/served_models.h"

namespace fovea {

// Of requests, as the Open Inference Protocol counts them: 1 goes first.
inline constexpr int kHighestPriority = 1;
inline constexpr int kDefaultPriority = 5;
inline constexpr int kLowestPriority = 10;

// Whether a request is refused when the queue is full, or belongs to a stream with a window of its
// own that holds its sender back.
enum class Admission { kRefuseWhenFull, kWindowed };

// What is known of an answered photograph, for the rpc layer.
struct Classification {
  ServedModelHandle served;
  std::vector<float> logits;
  std::vector<float> probabilities;  // These and the rest as Decide makes them.
  int grade = 0;                     // -1 when the quality gate refused the photograph.
  double expected_grade = 0;
  bool referable = false;
  double referable_score = 0;
  bool vision_threatening = false;
  double vision_threatening_score = 0;
  absl::Duration decode, preprocess, queue, inference, total;
  int batch_size = 0;
  // Where the quality gate watches the model. Its time is in `preprocess`.
  std::optional<QualityReport> quality;
  // The gate refused the photograph: it went no further, there are no logits.
  bool ungradable() const { return grade < 0; }
  std::string explanation;  // A PNG where it was asked for; see ClassifyTask.
};

struct ClassifyTask {
  std::string model = "";    // As in ClassifyRequest.model.
  // A JPEG or PNG file. Valid until `done` is called.
  absl::string_view image = "";
  // Instead of `image`: one preprocessed input, crop_size * crop_size * 3 float32 in little-endian
  // bytes, NCHW, at any address. Valid until `done` is called. The quality gate does not see it.
  absl::string_view tensor = "";
  // kHighestPriority to kLowestPriority; equal ones in the order of their arrival.
  int priority = kDefaultPriority;
  // One whose work has not begun after so long is UNAVAILABLE.
  absl::Duration queue_timeout = absl::InfiniteDuration();
  // One of several inputs of a request, which its caller counts as a whole in the statistics.
  bool part_of_request = false;
  // Also explain the answered grade, by a heat map over the crop that the network saw.
  bool explain = false;
  absl::Time deadline = absl::InfiniteFuture();
  // Grade it even where the quality gate finds fault with it.
  bool grade_anyway = false;
  // Shared by tasks that must be answered by the same version; null: none.
  std::shared_ptr<ModelPin> pin = nullptr;
  std::function<bool()> cancelled = nullptr;  // May be called from any thread until `done` is called.
  // Called once, on an engine thread, or on the caller's where the task is refused at once. Must
  // not block.
  std::function<void(absl::StatusOr<Classification>)> done = nullptr;
};

// From the logits to the answer, as the rule of the version says.
void GradeLogits(const DecisionRule& rule, Classification* classification);

}  // namespace fovea
