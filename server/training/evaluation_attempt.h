// One attempt of an evaluation job: a model version grades a part of a data set.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/dataset/index.h"
#include "common/evaluation/report.h"
#include "server/model/precision.h"
#include "server/training/attempt.h"

namespace fovea {

struct EvaluationTask {
  Part part = Part::kTest;
  EvaluationOptions options;
  PrecisionChoice precision = PrecisionChoice::kAuto;  // kAuto: as the version serves.
};

// What comes out, for its record.
struct EvaluatedPart {
  EvaluationReport report;
  std::string predictions_csv;  // ToCsv of graded_photographs.h.
  bool parts_share_patients = false;
  std::string weights_sha256;
  std::string preprocess_fingerprint;
  Precision precision = Precision::kFloat32;  // That it graded in.
};

// Keeps what came out; called once, before the attempt succeeds.
using KeepEvaluation = std::function<absl::Status(const EvaluatedPart&)>;

// Grades with the version in attempt.init_version_dir, whose preprocessing and test-time views
// attempt.options has, and answers by its decision rule as serving does, on the calling thread and
// options.threads others. Reports progress as the testing of epoch 1 of 1. Fails for a version
// whose classes are not as many as the data set's. The cache and `stop` are as for RunAttempt; a
// drain throws away what was graded, which takes a minute, not hours.
Outcome RunEvaluation(const Attempt& attempt, const EvaluationTask& task, const StopSignal& stop,
                      EventSink* sink, const KeepEvaluation& keep);

}  // namespace fovea
