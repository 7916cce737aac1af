#include "server/answers/answer_recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/answers/live_figures.h"

namespace fovea {
namespace {

constexpr size_t kBatch = 500;
constexpr absl::Duration kLinger = absl::Milliseconds(100);
constexpr int kPruneBatch = 500;
constexpr absl::Duration kPruneEvery = absl::Minutes(1);
constexpr absl::Duration kPatience = absl::Seconds(5);  // Of those who ask about answers.
constexpr const char* kFileEndings[] = {"", "-wal", "-shm"};

absl::Status RemoveDatabase(const std::string& path) {
  for (const char* ending : kFileEndings) FOVEA_RETURN_IF_ERROR(RemoveAll(path + ending));
  return absl::OkStatus();
}

// In the place of one that was put aside before.
absl::Status PutAside(const std::string& path) {
  const std::string aside = path + ".damaged";
  FOVEA_RETURN_IF_ERROR(RemoveDatabase(aside));
  for (const char* ending : kFileEndings) {
    const absl::Status moved = RenameDurably(path + ending, aside + ending);
    if (!absl::IsNotFound(moved)) FOVEA_RETURN_IF_ERROR(moved);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<AnswerStore>> OpenStore(const std::string& path) {
  absl::StatusOr<std::unique_ptr<AnswerStore>> store = AnswerStore::Open(path);
  if (!absl::IsDataLoss(store.status())) return store;
  Log(LogLevel::kError, "the record of answers is damaged; it was put aside and a new one begun",
      {{"why", std::string(store.status().message())}, {"where", path + ".damaged"}});
  FOVEA_RETURN_IF_ERROR(PutAside(path));
  return AnswerStore::Open(path);
}

LiveVersionMetrics MetricsOf(const AnswerTally& tally) {
  const LiveFigures figures = FiguresOf(tally);
  LiveVersionMetrics metrics;
  metrics.num_classes = tally.num_classes;
  metrics.answered = tally.answered;
  metrics.ungradable = tally.ungradable;
  metrics.confusion = tally.confusion;
  metrics.feedback = figures.feedback;
  metrics.accuracy = figures.accuracy;
  metrics.kappa = figures.kappa;
  metrics.population_stability_index = figures.population_stability_index;
  return metrics;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerRecorder>> AnswerRecorder::Open(
    const AnswerOptions& options, TestPredictions test_predictions, Metrics* metrics) {
  std::unique_ptr<AnswerStore> store;
  if (options.days > 0 && options.most > 0) {
    FOVEA_ASSIGN_OR_RETURN(store, OpenStore(options.path));
  } else {
    FOVEA_RETURN_IF_ERROR(RemoveDatabase(options.path));
  }
  return std::unique_ptr<AnswerRecorder>(new AnswerRecorder(
      options, std::move(test_predictions), metrics, std::move(store)));
}

AnswerRecorder::AnswerRecorder(const AnswerOptions& options, TestPredictions test_predictions,
                               Metrics* metrics, std::unique_ptr<AnswerStore> store)
    : options_(options),
      test_predictions_(std::move(test_predictions)),
      metrics_(metrics),
      store_(std::move(store)) {
  if (store_ == nullptr) return;
  const absl::StatusOr<std::vector<std::string>> versions = store_->Versions();
  if (versions.ok()) {
    for (const std::string& version : *versions) Publish(version);
  }
  thread_.emplace("answers", [this] { Run(); });
}

AnswerRecorder::~AnswerRecorder() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

void AnswerRecorder::Record(Answer answer) {
  if (store_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_ && pending_.size() < options_.queue) {
      pending_.push_back(std::move(answer));
      ++queued_;
      return;
    }
  }
  metrics_->AnswersDropped("queue_full", 1);
}

absl::StatusOr<GradedAnswer> AnswerRecorder::SubmitFeedback(const Feedback& feedback) {
  if (store_ == nullptr) {
    return absl::NotFoundError(
        "request_id: the server keeps no answers; start it with answers-days and answers-rows above "
        "0 to record them");
  }
  FOVEA_RETURN_IF_ERROR(AwaitWritten());
  FOVEA_ASSIGN_OR_RETURN(const GradedAnswer graded, store_->SetFeedback(feedback, absl::Now()));
  Publish(graded.version);
  return graded;
}

std::optional<AnswerTally> AnswerRecorder::Tally(const std::string& version) {
  if (store_ == nullptr) return std::nullopt;
  AwaitWritten().IgnoreError();  // What is there is better than nothing.
  const auto tally = store_->Tally(version);
  return tally.ok() ? *tally : std::nullopt;
}

absl::Status AnswerRecorder::AwaitWritten() {
  absl::MutexLock lock(&mutex_);
  const int64_t seen = queued_;
  wanted_ = std::max(wanted_, seen);
  const auto written = [this, seen] {
    mutex_.AssertHeld();
    return written_ >= seen;
  };
  if (mutex_.AwaitWithTimeout(absl::Condition(&written), kPatience)) return absl::OkStatus();
  return absl::UnavailableError("the server is busy storing answers; try again in a moment");
}

bool AnswerRecorder::IsUrgent() const {
  return closed_ || wanted_ > written_ || pending_.size() >= kBatch;
}

std::optional<std::vector<Answer>> AnswerRecorder::NextBatch() {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &AnswerRecorder::HasWork),
                          std::max(next_prune_ - MonotonicNow(), absl::ZeroDuration()));
  if (closed_ && pending_.empty()) return std::nullopt;
  std::vector<Answer> batch;
  if (pending_.empty()) return batch;
  mutex_.AwaitWithTimeout(absl::Condition(this, &AnswerRecorder::IsUrgent), kLinger);
  while (!pending_.empty() && batch.size() < kBatch) {
    batch.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  return batch;
}

void AnswerRecorder::Run() {
  while (const std::optional<std::vector<Answer>> batch = NextBatch()) {
    const int64_t count = static_cast<int64_t>(batch->size());
    if (const absl::Status status = Write(*batch); !status.ok()) {
      metrics_->AnswersDropped("not_stored", count);
      Log(LogLevel::kError, "answers could not be recorded",
          {{"answers", absl::StrCat(count)}, {"why", std::string(status.message())}});
    }
    {
      absl::MutexLock lock(&mutex_);
      written_ += count;
    }
    if (MonotonicNow() >= next_prune_) Prune();
  }
}

absl::Status AnswerRecorder::AddVersionOf(const Answer& answer) {
  if (known_versions_.contains(answer.version)) return absl::OkStatus();
  FOVEA_ASSIGN_OR_RETURN(const bool stored, store_->HasVersion(answer.version));
  if (!stored) {
    AnsweringVersion version = {answer.version, answer.num_classes,
                                test_predictions_(answer.version)};
    FOVEA_RETURN_IF_ERROR(store_->AddVersion(version));
  }
  known_versions_.insert(answer.version);
  return absl::OkStatus();
}

absl::Status AnswerRecorder::Write(const std::vector<Answer>& batch) {
  if (batch.empty()) return absl::OkStatus();
  std::set<std::string> versions;
  for (const Answer& answer : batch) {
    FOVEA_RETURN_IF_ERROR(AddVersionOf(answer));
    versions.insert(answer.version);
  }
  FOVEA_RETURN_IF_ERROR(store_->Add(batch));
  for (const std::string& version : versions) Publish(version);
  return absl::OkStatus();
}

void AnswerRecorder::Prune() {
  const absl::Time oldest = absl::Now() - absl::Hours(24) * options_.days;
  const absl::StatusOr<Pruned> pruned = store_->Prune(oldest, options_.most, kPruneBatch);
  const bool more = pruned.ok() && pruned->answers == kPruneBatch;
  next_prune_ = MonotonicNow() + (more ? absl::ZeroDuration() : kPruneEvery);
  if (!pruned.ok()) {
    Log(LogLevel::kError, "old answers could not be removed",
        {{"why", std::string(pruned.status().message())}});
    return;
  }
  for (const std::string& version : pruned->versions) Publish(version);
}

void AnswerRecorder::Publish(const std::string& version) {
  const absl::StatusOr<ModelRef> ref = ParseModelRef("version", version);
  if (!ref.ok()) return;
  absl::MutexLock lock(&publishing_);
  const auto tally = store_->Tally(version);
  if (!tally.ok()) return;
  LiveVersionMetrics metrics;
  if (tally->has_value()) metrics = MetricsOf(**tally);
  metrics.model = ref->model_id;
  metrics.version = ref->version;
  metrics_->LiveVersion(metrics);
}

}  // namespace fovea
