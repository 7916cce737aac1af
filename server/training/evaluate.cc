#include "server/training/evaluate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/dataset/csv.h"
#include "server/model/test_time_views.h"
#include "server/training/step.h"

namespace fovea {
namespace {

// -log softmax(row)[label].
double CrossEntropy(const float* row, int64_t classes, int64_t label) {
  const double highest = *std::max_element(row, row + classes);
  double sum = 0;
  for (int64_t i = 0; i < classes; ++i) sum += std::exp(row[i] - highest);
  return std::log(sum) + highest - row[label];
}

int64_t ArgMax(const float* row, int64_t classes) {
  return std::max_element(row, row + classes) - row;  // The first of equals.
}

int Answer(const DecisionRule& rule, const float* row, size_t classes) {
  return Decide(rule, std::vector<double>(row, row + classes)).predicted;
}

absl::Status Score(const std::vector<Sample>& samples, const std::vector<double>& class_weights,
                   Evaluation* evaluation) {
  const int64_t classes = static_cast<int64_t>(class_weights.size());
  evaluation->confusion = ConfusionMatrix(static_cast<int>(classes));
  double loss = 0;
  double weight = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const float* row = evaluation->logits.data() + i * classes;
    if (!std::all_of(row, row + classes, [](float x) { return std::isfinite(x); })) {
      return absl::FailedPreconditionError("the outputs of the network are not finite");
    }
    const int64_t label = samples[i].label;
    loss += class_weights[label] * CrossEntropy(row, classes, label);
    weight += class_weights[label];
    evaluation->confusion.Add(static_cast<int>(label), static_cast<int>(ArgMax(row, classes)));
  }
  evaluation->loss = weight == 0 ? 0 : loss / weight;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evaluation> Evaluate(const ResNetPlan& plan, const Photographs& photographs,
                                    const std::vector<Sample>& samples,
                                    const TrainingOptions& options,
                                    const std::vector<double>& class_weights, torch::Device device,
                                    const StopSignal& stop,
                                    const std::function<void(int64_t)>& progress) {
  const c10::InferenceMode inference;
  const int64_t images = static_cast<int64_t>(samples.size());
  Loader::Options loading;
  loading.spec = options.preprocess;
  loading.batch_size = kTestBatch;
  loading.threads = options.threads;
  loading.batches = (images + kTestBatch - 1) / kTestBatch;
  Loader loader(photographs.cache.get(), samples, TestInput(options.preprocess), loading);

  const LogitsFunction forward = [&plan](const torch::Tensor& x) {
    return plan.Logits(plan.Activations(x));
  };
  Evaluation evaluation;
  for (int64_t i = 0; i < loading.batches; ++i) {
    const Batch batch = loader.Next();
    const DeviceBatch on_device = ToDevice(batch, options.preprocess.crop_size, device);
    const absl::Duration start = MonotonicNow();
    const torch::Tensor logits =
        MeanLogits(on_device.inputs, options.recipe.test_time_views, forward)
            .to(torch::kCPU, torch::kFloat32)
            .contiguous();
    const double ms = absl::ToDoubleMilliseconds(MonotonicNow() - start);
    const size_t rows = static_cast<size_t>(logits.size(0));
    evaluation.inference_ms.insert(evaluation.inference_ms.end(), rows,
                                   ms / static_cast<double>(rows));
    const float* values = logits.const_data_ptr<float>();
    evaluation.logits.insert(evaluation.logits.end(), values, values + logits.numel());
    FOVEA_RETURN_IF_ERROR(stop.Check());
    progress(std::min<int64_t>((i + 1) * kTestBatch, images));
  }
  FOVEA_RETURN_IF_ERROR(Score(samples, class_weights, &evaluation));
  return evaluation;
}

void AnswerBy(const DecisionRule& rule, const std::vector<Sample>& samples,
              Evaluation* evaluation) {
  const int classes = evaluation->confusion.num_classes();
  evaluation->confusion = ConfusionMatrix(classes);
  for (size_t i = 0; i < samples.size(); ++i) {
    const float* row = evaluation->logits.data() + i * classes;
    evaluation->confusion.Add(static_cast<int>(samples[i].label), Answer(rule, row, classes));
  }
}

std::string EvaluationCsv(const Photographs& photographs, const DecisionRule& rule,
                          const Evaluation& evaluation) {
  const size_t classes = evaluation.logits.size() / photographs.test.size();
  std::string csv = "path,label,predicted";
  for (size_t i = 0; i < classes; ++i) absl::StrAppend(&csv, ",logit_", i);
  csv += "\n";
  for (size_t i = 0; i < photographs.test.size(); ++i) {
    const Sample& sample = photographs.test[i];
    const float* row = evaluation.logits.data() + i * classes;
    absl::StrAppend(&csv, CsvQuoted(photographs.items[sample.item].path), ",", sample.label, ",",
                    Answer(rule, row, classes));
    for (size_t j = 0; j < classes; ++j) absl::StrAppendFormat(&csv, ",%.9g", row[j]);
    csv += "\n";
  }
  return csv;
}

}  // namespace fovea
