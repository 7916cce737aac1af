#include "server/serving/engine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/preprocess/preprocess.h"
#include "server/explain/overlay.h"
#include "server/model/threads.h"
#include "server/serving/tensor_input.h"
#include "server/serving/work_counts.h"

namespace fovea {
namespace {

absl::Status Stopped() {
  return absl::UnavailableError("the server is shutting down; try again");
}

// What is said as 0 is all cores, and more than these is never of use.
int CoresOr(int wanted, int cores) { return wanted > 0 ? std::min(wanted, cores) : cores; }

WorkQueueOptions QueueOptions(const EngineOptions& options) {
  WorkQueueOptions queue;
  queue.max_queue = options.max_queue;
  queue.max_queued_bytes = options.max_queued_bytes;
  queue.max_batch = options.max_batch;
  queue.max_queue_delay = options.max_queue_delay;
  queue.cores = options.cores;
  queue.max_batch_cores =
      options.on_device ? 0 : CoresOr(options.inference_threads, options.cores);
  return queue;
}

// The inputs of a batch, one after the other.
std::vector<float> Concatenate(const std::vector<WorkItemPtr>& items) {
  std::vector<float> inputs;
  inputs.reserve(items.size() * items[0]->input.size());
  for (const WorkItemPtr& item : items) {
    inputs.insert(inputs.end(), item->input.begin(), item->input.end());
  }
  return inputs;
}

}  // namespace

Engine::Engine(ServedModels* models, Metrics* metrics, const EngineOptions& options,
               ServingStatistics* statistics)
    : models_(models), metrics_(metrics), statistics_(statistics), options_(options),
      gate_(options.quality_gate), queue_(QueueOptions(options), metrics) {
  const int decoders = CoresOr(options_.decode_threads, options_.cores);
  for (int i = 0; i < decoders; ++i) {
    threads_.emplace_back(absl::StrCat("decode-", i), [this] { DecodeLoop(); });
  }
  const int batchers = options_.on_device ? 1 : options_.cores;
  for (int i = 0; i < batchers; ++i) {
    threads_.emplace_back(absl::StrCat("inference-", i),
                          [this, wide = i == 0] { InferenceLoop(wide); });
  }
  threads_.emplace_back("explain", [this] { ExplainLoop(); });
}

Engine::~Engine() {
  Stop();
  for (Thread& thread : threads_) thread.Join();
}

void Engine::Stop() {
  for (WorkItemPtr& item : queue_.Close()) Finish(std::move(item), Stopped());
}

void Engine::Submit(ClassifyTask task, Admission admission) {
  auto item = std::make_unique<WorkItem>();
  item->task = std::move(task);
  item->admission = admission;
  item->arrived = MonotonicNow();
  if (item->task.pin != nullptr) item->result.served = item->task.pin->decided();
  CountWaiting(statistics_, *item);
  if (const absl::Status refused = queue_.Add(&item); !refused.ok()) {
    Finish(std::move(item), refused);
  }
}

void Engine::DecodeLoop() {
  while (WorkItemPtr item = queue_.NextToDecode()) {
    const absl::Status status = Prepare(*item);
    if (status.ok() && !item->result.ungradable()) {
      item = queue_.MoveToReady(std::move(item));
      if (item != nullptr) Finish(std::move(item), Stopped());
      continue;
    }
    queue_.LeaveAfterDecoding(*item);
    if (!status.ok()) {
      Finish(std::move(item), status);
    } else {
      item->result.total = MonotonicNow() - item->arrived;
      Finish(std::move(item));
    }
  }
}

absl::Status Engine::Prepare(WorkItem& item) {
  FOVEA_RETURN_IF_ERROR(item.Abandoned());
  Classification& result = item.result;
  result.queue = MonotonicNow() - item.arrived;
  FOVEA_ASSIGN_OR_RETURN(result.served, item.task.pin != nullptr
                                            ? item.task.pin->Get(models_, item.task.model)
                                            : models_->Get(item.task.model));
  CountWaiting(statistics_, item);
  if (item.task.tensor.empty()) return PreparePhotograph(item);
  const absl::Duration start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(
      item.input, InputFromNchw(item.task.tensor,
                                result.served->model->manifest().preprocess.crop_size));
  result.preprocess = MonotonicNow() - start;
  return absl::OkStatus();
}

absl::Status Engine::PreparePhotograph(WorkItem& item) {
  Classification& result = item.result;
  const PreprocessSpec& spec = result.served->model->manifest().preprocess;
  const absl::Duration start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(
      const DecodedImage decoded,
      DecodePhotograph(item.task.image, options_.limits, DecodeOptionsOf(spec)));
  const absl::Duration decoded_at = MonotonicNow();
  result.decode = decoded_at - start;
  FOVEA_ASSIGN_OR_RETURN(const Image image, PrepareImage(decoded, spec));
  FOVEA_RETURN_IF_ERROR(PassGate(decoded, image, item));
  if (!result.ungradable()) {
    item.input.resize(static_cast<size_t>(spec.crop_size) * spec.crop_size * 3);
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec, item.input.data());
  }
  result.preprocess = MonotonicNow() - decoded_at;
  return absl::OkStatus();
}

absl::Status Engine::PassGate(const DecodedImage& decoded, const Image& prepared, WorkItem& item) {
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

void Engine::InferenceLoop(bool wide) {
  while (true) {
    WorkQueue::Batch batch = queue_.NextBatch(wide);
    if (batch.items.empty()) return;
    batch.items = DropAbandoned(std::move(batch.items));
    if (batch.items.empty()) {
      queue_.Release(batch);
    } else {
      RunBatch(std::move(batch));
    }
  }
}

std::vector<WorkItemPtr> Engine::DropAbandoned(std::vector<WorkItemPtr> items) {
  std::vector<WorkItemPtr> wanted;
  for (WorkItemPtr& item : items) {
    if (const absl::Status status = item->Abandoned(); !status.ok()) {
      Finish(std::move(item), status);
    } else {
      wanted.push_back(std::move(item));
    }
  }
  return wanted;
}

void Engine::RunBatch(WorkQueue::Batch batch) {
  std::vector<WorkItemPtr>& items = batch.items;
  const int size = static_cast<int>(items.size());
  const InferenceModel& model = *items[0]->result.served->model;
  std::vector<ClassMaps> maps;
  for (int i = 0; i < size; ++i) {
    if (items[i]->task.explain) maps.emplace_back().input = i;
  }
  CountStarted(statistics_, items);
  SetOwnTorchThreads(batch.cores);
  const absl::Duration start = MonotonicNow();
  const std::vector<float> inputs = size > 1 ? Concatenate(items) : std::vector<float>();
  const float* first = size > 1 ? inputs.data() : items[0]->input.data();
  const absl::StatusOr<std::vector<float>> logits =
      model.Logits(first, size, absl::MakeSpan(maps));
  const absl::Duration end = MonotonicNow();
  queue_.Release(batch);
  metrics_->BatchDone(size);
  if (logits.ok()) CountBatch(statistics_, items, end - start);
  for (ClassMaps& map : maps) items[map.input]->maps = std::move(map);
  const size_t classes = model.manifest().num_classes;
  for (int i = 0; i < size; ++i) {
    if (!logits.ok()) {
      Finish(std::move(items[i]), logits.status());
      continue;
    }
    Classification& result = items[i]->result;
    result.logits.assign(logits->begin() + i * classes, logits->begin() + (i + 1) * classes);
    GradeLogits(model.manifest().decision_rule(), &result);
    result.queue += start - items[i]->ready_since;
    result.inference = end - start;
    result.total = end - items[i]->arrived;
    result.batch_size = size;
    Answer(std::move(items[i]));
  }
}

void Engine::Answer(WorkItemPtr item) {
  if (!item->task.explain) return Finish(std::move(item));
  item = queue_.AddToExplain(std::move(item));
  if (item != nullptr) Finish(std::move(item), Stopped());
}

void Engine::ExplainLoop() {
  while (WorkItemPtr item = queue_.NextToExplain()) {
    if (const absl::Status status = Explain(*item); !status.ok()) {
      Finish(std::move(item), status);
    } else {
      Finish(std::move(item));
    }
  }
}

absl::Status Engine::Explain(WorkItem& item) {
  FOVEA_RETURN_IF_ERROR(item.Abandoned());
  Classification& result = item.result;
  const absl::Duration start = MonotonicNow();
  const PreprocessSpec& spec = result.served->model->manifest().preprocess;
  FOVEA_ASSIGN_OR_RETURN(result.explanation,
                         DrawExplanation(item.input.data(), spec, item.maps, result.grade));
  const absl::Duration end = MonotonicNow();
  metrics_->ClassifyStage("explain", absl::ToDoubleSeconds(end - start));
  result.total = end - item.arrived;
  return absl::OkStatus();
}

void Engine::Finish(WorkItemPtr item) {
  Classification result = std::move(item->result);
  Finish(std::move(item), std::move(result));
}

void Engine::Finish(WorkItemPtr item, absl::StatusOr<Classification> result) {
  CountFinished(statistics_, *item, result);
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

}  // namespace fovea
