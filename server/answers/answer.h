// What is kept of one answer, and what a person said about it. Neither has anything of the
// photograph or of the patient.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace fovea {

// Instead of a grade: the quality gate refused the photograph.
inline constexpr int kUngradable = -1;

struct Answer {
  std::string request_id;
  std::string version;  // `models/{model}/versions/{version}`.
  int num_classes = 0;  // Of the version.
  int grade = kUngradable;
  absl::Time time;
};

struct Feedback {
  std::string request_id;
  int true_grade = 0;
  std::string grader;  // May be empty.
};

// The answer that feedback was recorded for.
struct GradedAnswer {
  std::string version;
  int answered = 0;
  int true_grade = 0;
};

// Counts over the answers of one version that are kept.
struct AnswerTally {
  std::string version;
  int num_classes = 0;
  // How often each class was predicted on the test part at the end of training; empty: unknown.
  std::vector<int64_t> reference;
  std::vector<int64_t> answered;   // By grade.
  int64_t ungradable = 0;
  std::vector<int64_t> confusion;  // Of those with feedback: row = true class, column = answered.
  absl::Time since = absl::InfiniteFuture();  // The oldest of them.
};

}  // namespace fovea
