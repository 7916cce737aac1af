#include "server/serving/engine.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/preprocess/preprocess.h"
#include "server/explain/overlay.h"

namespace fovea {
namespace {

absl::Status Stopped() {
  return absl::UnavailableError("the server is shutting down; try again");
}

}  // namespace

struct Engine::Item {
  ClassifyTask task;
  Admission admission;
  absl::Duration arrived;
  absl::Duration ready_since;  // When it began to wait for inference.
  Classification result;
  std::vector<float> tensor;
  ClassMaps maps;  // Where it is to be explained.

  // Whether nobody waits for the answer any more.
  absl::Status Abandoned() const {
    if (task.cancelled && task.cancelled()) {
      return absl::CancelledError("the caller cancelled the request");
    }
    if (absl::Now() >= task.deadline) {
      return absl::DeadlineExceededError("the deadline passed while the request waited");
    }
    return absl::OkStatus();
  }
};

Engine::Engine(ServedModels* models, Metrics* metrics, const EngineOptions& options)
    : models_(models), metrics_(metrics), options_(options), gate_(options.quality_gate) {
  for (int i = 0; i < options_.decode_threads; ++i) {
    threads_.emplace_back(absl::StrCat("decode-", i), [this] { DecodeLoop(); });
  }
  threads_.emplace_back("inference", [this] { InferenceLoop(); });
  threads_.emplace_back("explain", [this] { ExplainLoop(); });
}

Engine::~Engine() {
  Stop();
  for (Thread& thread : threads_) thread.Join();
}

void Engine::Stop() {
  std::deque<ItemPtr> left;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    left.swap(to_decode_);
    for (std::deque<ItemPtr>* queue : {&ready_, &to_explain_}) {
      for (ItemPtr& item : *queue) left.push_back(std::move(item));
      queue->clear();
    }
  }
  for (ItemPtr& item : left) {
    LeaveQueue(*item);
    Finish(std::move(item), Stopped());
  }
}

void Engine::Submit(ClassifyTask task, Admission admission) {
  auto item = std::make_unique<Item>();
  item->task = std::move(task);
  item->admission = admission;
  item->arrived = MonotonicNow();
  absl::Status refused;
  {
    absl::MutexLock lock(&mutex_);
    const int64_t bytes = static_cast<int64_t>(item->task.image.size());
    const bool single = admission == Admission::kRefuseWhenFull;
    if (stopped_) {
      refused = Stopped();
    } else if (single && (waiting_single_ >= options_.max_queue ||
                          waiting_bytes_ + bytes > options_.max_queued_bytes)) {
      refused = absl::ResourceExhaustedError(
          absl::StrCat("the queue is full (", waiting_single_, " of ", options_.max_queue,
                       " photographs wait); try again later or use ClassifyStream"));
    } else {
      EnterQueue(*item);
      to_decode_.push_back(std::move(item));
    }
  }
  if (!refused.ok()) Finish(std::move(item), refused);
}

int64_t Engine::QueueDepth() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

void Engine::EnterQueue(const Item& item) {
  ++waiting_;
  waiting_single_ += item.admission == Admission::kRefuseWhenFull ? 1 : 0;
  waiting_bytes_ += static_cast<int64_t>(item.task.image.size());
  metrics_->QueueDepth(waiting_);
}

void Engine::LeaveQueue(const Item& item) {
  absl::MutexLock lock(&mutex_);
  --waiting_;
  waiting_single_ -= item.admission == Admission::kRefuseWhenFull ? 1 : 0;
  waiting_bytes_ -= static_cast<int64_t>(item.task.image.size());
  metrics_->QueueDepth(waiting_);
}

bool Engine::DecodeReady() const { return stopped_ || !to_decode_.empty(); }
bool Engine::BatchReady() const { return stopped_ || !ready_.empty(); }
bool Engine::ExplainReady() const { return stopped_ || !to_explain_.empty(); }

Engine::ItemPtr Engine::NextToDecode() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Engine::DecodeReady));
  if (to_decode_.empty()) return nullptr;
  ItemPtr item = std::move(to_decode_.front());
  to_decode_.pop_front();
  return item;
}

void Engine::DecodeLoop() {
  while (ItemPtr item = NextToDecode()) {
    const absl::Status status = Prepare(*item);
    if (status.ok() && item->result.ungradable()) {
      LeaveQueue(*item);
      item->result.total = MonotonicNow() - item->arrived;
      Finish(std::move(item));
      continue;
    }
    if (status.ok()) {
      absl::MutexLock lock(&mutex_);
      if (!stopped_) {
        item->ready_since = MonotonicNow();
        ready_.push_back(std::move(item));
        continue;
      }
    }
    LeaveQueue(*item);
    Finish(std::move(item), status.ok() ? Stopped() : status);
  }
}

absl::Status Engine::Prepare(Item& item) {
  FOVEA_RETURN_IF_ERROR(item.Abandoned());
  Classification& result = item.result;
  const absl::Duration start = MonotonicNow();
  result.queue = start - item.arrived;
  FOVEA_ASSIGN_OR_RETURN(result.served, item.task.pin != nullptr
                                            ? item.task.pin->Get(models_, item.task.model)
                                            : models_->Get(item.task.model));
  const PreprocessSpec& spec = result.served->model->manifest().preprocess;
  const absl::Duration decode_start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(
      const Image decoded,
      DecodeImage(item.task.image, options_.limits, spec.apply_exif_orientation));
  const absl::Duration decoded_at = MonotonicNow();
  result.decode = decoded_at - decode_start;
  FOVEA_ASSIGN_OR_RETURN(const Image image, PrepareImage(decoded, spec));
  FOVEA_RETURN_IF_ERROR(PassGate(decoded, image, item));
  if (!result.ungradable()) {
    item.tensor.resize(static_cast<size_t>(spec.crop_size) * spec.crop_size * 3);
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec, item.tensor.data());
  }
  result.preprocess = MonotonicNow() - decoded_at;
  return absl::OkStatus();
}

absl::Status Engine::PassGate(const Image& decoded, const Image& prepared, Item& item) {
  Classification& result = item.result;
  const Manifest& manifest = result.served->model->manifest();
  if (!gate_.Watches(manifest)) return absl::OkStatus();
  const absl::Duration start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(result.quality, gate_.Assess(decoded, prepared, manifest.preprocess));
  metrics_->ClassifyStage("quality", absl::ToDoubleSeconds(MonotonicNow() - start));
  const bool gradable = result.quality->gradable();
  if (!gradable && !item.task.grade_anyway) result.grade = -1;
  const ServedModel& served = *result.served;
  metrics_->QualityAssessed(served.model_id, served.version,
                            gradable              ? "gradable"
                            : result.ungradable() ? "ungradable"
                                                  : "graded_anyway");
  for (const QualityReason reason : result.quality->reasons) {
    metrics_->QualityFinding(served.model_id, served.version, QualityReasonName(reason));
  }
  return absl::OkStatus();
}

std::vector<Engine::ItemPtr> Engine::NextBatch() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Engine::BatchReady));
  std::vector<ItemPtr> batch;
  if (ready_.empty()) return batch;
  const ServedModelHandle served = ready_.front()->result.served;
  for (auto it = ready_.begin();
       it != ready_.end() && batch.size() < static_cast<size_t>(options_.max_batch);) {
    if ((*it)->result.served != served) {
      ++it;
      continue;
    }
    batch.push_back(std::move(*it));
    it = ready_.erase(it);
  }
  return batch;
}

void Engine::InferenceLoop() {
  while (true) {
    std::vector<ItemPtr> batch = NextBatch();
    if (batch.empty()) return;
    std::vector<ItemPtr> wanted;
    for (ItemPtr& item : batch) {
      LeaveQueue(*item);
      if (const absl::Status status = item->Abandoned(); !status.ok()) {
        Finish(std::move(item), status);
      } else {
        wanted.push_back(std::move(item));
      }
    }
    if (!wanted.empty()) RunBatch(std::move(wanted));
  }
}

void Engine::RunBatch(std::vector<ItemPtr> batch) {
  const absl::Duration start = MonotonicNow();
  const size_t image_size = batch[0]->tensor.size();
  const InferenceModel& model = *batch[0]->result.served->model;
  std::vector<float> input;
  if (batch.size() > 1) {
    input.reserve(image_size * batch.size());
    for (const ItemPtr& item : batch) {
      input.insert(input.end(), item->tensor.begin(), item->tensor.end());
    }
  }
  const float* data = batch.size() > 1 ? input.data() : batch[0]->tensor.data();
  std::vector<ClassMaps> maps;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (batch[i]->task.explain) maps.emplace_back().input = static_cast<int>(i);
  }
  const absl::StatusOr<std::vector<float>> logits =
      model.Logits(data, static_cast<int>(batch.size()), absl::MakeSpan(maps));
  const absl::Duration end = MonotonicNow();
  metrics_->BatchDone(static_cast<int>(batch.size()));
  for (ClassMaps& map : maps) batch[map.input]->maps = std::move(map);
  const size_t classes = model.manifest().num_classes;
  for (size_t i = 0; i < batch.size(); ++i) {
    ItemPtr& item = batch[i];
    if (!logits.ok()) {
      Finish(std::move(item), logits.status());
      continue;
    }
    Classification& result = item->result;
    result.logits.assign(logits->begin() + i * classes, logits->begin() + (i + 1) * classes);
    GradeLogits(model.manifest().decision_rule(), &result);
    result.queue += start - item->ready_since;
    result.inference = end - start;
    result.total = end - item->arrived;
    result.batch_size = static_cast<int>(batch.size());
    if (item->task.explain) {
      QueueToExplain(std::move(item));
    } else {
      Finish(std::move(item));
    }
  }
}

void Engine::QueueToExplain(ItemPtr item) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      EnterQueue(*item);
      to_explain_.push_back(std::move(item));
      return;
    }
  }
  Finish(std::move(item), Stopped());
}

Engine::ItemPtr Engine::NextToExplain() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Engine::ExplainReady));
  if (to_explain_.empty()) return nullptr;
  ItemPtr item = std::move(to_explain_.front());
  to_explain_.pop_front();
  return item;
}

void Engine::ExplainLoop() {
  while (ItemPtr item = NextToExplain()) {
    LeaveQueue(*item);
    if (const absl::Status status = Explain(*item); !status.ok()) {
      Finish(std::move(item), status);
    } else {
      Finish(std::move(item));
    }
  }
}

absl::Status Engine::Explain(Item& item) {
  FOVEA_RETURN_IF_ERROR(item.Abandoned());
  Classification& result = item.result;
  const absl::Duration start = MonotonicNow();
  const PreprocessSpec& spec = result.served->model->manifest().preprocess;
  FOVEA_ASSIGN_OR_RETURN(result.explanation,
                         DrawExplanation(item.tensor.data(), spec, item.maps, result.grade));
  const absl::Duration end = MonotonicNow();
  metrics_->ClassifyStage("explain", absl::ToDoubleSeconds(end - start));
  result.total = end - item.arrived;
  return absl::OkStatus();
}

void Engine::Finish(ItemPtr item) {
  Classification result = std::move(item->result);
  Finish(std::move(item), std::move(result));
}

void Engine::Finish(ItemPtr item, absl::StatusOr<Classification> result) {
  if (result.ok()) {
    metrics_->ClassifyStage("decode", absl::ToDoubleSeconds(result->decode));
    metrics_->ClassifyStage("preprocess", absl::ToDoubleSeconds(result->preprocess));
    metrics_->ClassifyStage("queue", absl::ToDoubleSeconds(result->queue));
    metrics_->ClassifyStage("total", absl::ToDoubleSeconds(result->total));
  }
  if (result.ok() && !result->ungradable()) {
    metrics_->ClassifyStage("inference", absl::ToDoubleSeconds(result->inference));
    metrics_->Classified(result->served->model_id, result->served->version, result->grade);
  }
  item->task.done(std::move(result));
}

void GradeLogits(const DecisionRule& rule, Classification* classification) {
  const std::vector<double> logits(classification->logits.begin(), classification->logits.end());
  const Decision decision = Decide(rule, logits);
  classification->probabilities.assign(decision.probabilities.begin(),
                                       decision.probabilities.end());
  classification->grade = decision.predicted;
  classification->expected_grade = decision.expected_class;
  classification->referable = decision.referable;
  classification->referable_score = decision.referable_score;
  classification->vision_threatening = decision.vision_threatening;
  classification->vision_threatening_score = decision.vision_threatening_score;
}

}  // namespace fovea
