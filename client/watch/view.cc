#include "client/watch/view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/display/format.h"
#include "client/display/text.h"

namespace fovea::client {
namespace {

// Of many only the range is worth a line.
std::string Rounded(const google::protobuf::RepeatedField<double>& numbers) {
  if (numbers.size() > kMaxClassesInFull) {
    const auto [lowest, highest] = std::minmax_element(numbers.begin(), numbers.end());
    return absl::StrCat(FormatFixed(*lowest, 4), " to ", FormatFixed(*highest, 4), " (",
                        numbers.size(), " classes)");
  }
  std::vector<std::string> texts;
  for (const double number : numbers) texts.push_back(FormatFixed(number, 4));
  return absl::StrJoin(texts, " ");
}

std::string DescribeTraining(const v1::TrainingSpec& spec) {
  const v1::Recipe& recipe = spec.recipe();
  const char* network =
      spec.architecture() == v1::ARCHITECTURE_RESNET50 ? "resnet50" : "resnet18";
  return absl::StrFormat(
      "%s on %s, init %s, recipe %s, %d epochs (%d head), batch %d, lr %s", network,
      spec.dataset(), spec.init().empty() ? "random" : spec.init(),
      recipe.name().empty() ? "lab" : recipe.name(), recipe.epochs(), recipe.head_epochs(),
      recipe.batch_size(), FormatShort(recipe.learning_rate()));
}

std::string DescribeEvaluation(const v1::EvaluationSpec& spec) {
  return absl::StrCat("evaluation of ", spec.model(), " on the ",
                      PartName(spec.part()), " part of ",
                      spec.dataset());
}

}  // namespace

const char* PartName(v1::Part part) { return part == v1::PART_TRAIN ? "train" : "test"; }

std::string StateName(v1::JobState state) {
  std::string name = v1::JobState_Name(state);
  absl::string_view text = name;
  absl::ConsumePrefix(&text, "JOB_STATE_");
  return absl::AsciiStrToLower(text);
}

std::string DescribeJob(const v1::Job& job) {
  std::string text = absl::StrCat(
      job.name(), ": ",
      job.has_evaluation() ? DescribeEvaluation(job.evaluation()) : DescribeTraining(job.spec()));
  if (job.state() == v1::JOB_STATE_QUEUED && job.queue_position() > 0) {
    absl::StrAppend(&text, "; place ", job.queue_position(), " in the queue");
  }
  return Printable(text);
}

std::string DescribeStart(const v1::TrainingStarted& started) {
  std::string text = absl::StrCat(started.train_images(), " train");
  if (started.validation_images() > 0) {
    absl::StrAppend(&text, ", ", started.validation_images(), " validation");
  }
  absl::StrAppend(&text, " and ", started.test_images(), " test photographs on ",
                  started.device());
  if (!started.class_weights().empty()) {
    absl::StrAppend(&text, ", class weights ", Rounded(started.class_weights()));
  }
  absl::StrAppend(&text, "\nmajority baseline ", FormatFixed(started.majority_baseline(), 4),
                  ": test accuracy of always answering the most frequent class");
  if (started.parts_share_patients()) {
    absl::StrAppend(&text,
                    "\nwarning: some patients are in both parts, so test figures flatter");
  }
  if (started.resumed_epoch() > 0 || started.resumed_step() > 0) {
    absl::StrAppend(&text, "\nresumed after epoch ", started.resumed_epoch(), ", step ",
                    started.resumed_step());
  }
  return Printable(text, true);
}

std::string DescribeWarning(const v1::Warning& warning) {
  std::string text = absl::StrCat("warning: ", Printable(warning.message()));
  for (const v1::BadImage& image : warning.bad_images()) {
    absl::StrAppend(&text, "\n  ", Printable(image.path()), ": ", Printable(image.reason()));
  }
  return text;
}

std::string DescribeState(const v1::StateChanged& change, int attempt) {
  std::string text = StateName(change.to());
  if (attempt > 1) absl::StrAppend(&text, " (attempt ", attempt, ")");
  if (!change.reason().empty()) absl::StrAppend(&text, ": ", Printable(change.reason()));
  return text;
}

std::string DescribeFinish(const v1::JobFinished& finished, v1::BestEpoch best_epoch, bool utf8) {
  if (finished.state() == v1::JOB_STATE_FAILED) {
    return absl::StrCat("failed: ", Printable(finished.error(), true));
  }
  if (finished.state() != v1::JOB_STATE_SUCCEEDED) return StateName(finished.state());
  const v1::JobResult& result = finished.result();
  if (!result.evaluation().empty()) {
    return absl::StrFormat("accuracy %s (baseline %s), kappa %s %s %s",
                           FormatFixed(result.best_test_accuracy(), 3),
                           FormatFixed(result.majority_baseline(), 3),
                           FormatFixed(result.best_test_kappa(), 3), utf8 ? "→" : "->",
                           Printable(result.evaluation()));
  }
  const char* chosen = "highest testing accuracy";
  if (best_epoch == v1::BEST_EPOCH_VALIDATION_KAPPA) {
    chosen = "highest validation kappa: testing accuracy";
  } else if (best_epoch == v1::BEST_EPOCH_LAST) {
    chosen = "the last epoch: testing accuracy";
  }
  return absl::StrFormat("%s %s at epoch %d (kappa %s, baseline %s) %s %s", chosen,
                         FormatFixed(result.best_test_accuracy(), 3), result.best_epoch(),
                         FormatFixed(result.best_test_kappa(), 3),
                         FormatFixed(result.majority_baseline(), 3), utf8 ? "→" : "->",
                         Printable(result.model_version()));
}

}  // namespace fovea::client
