#include "server/serving/work_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"

namespace fovea {

WorkQueue::WorkQueue(const WorkQueueOptions& options, Metrics* metrics)
    : options_(options), metrics_(metrics), free_cores_(options.cores) {}

absl::Status WorkQueue::Add(WorkItemPtr* item) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the server is shutting down; try again");
  const bool single = (*item)->admission == Admission::kRefuseWhenFull;
  if (single && (single_ >= options_.max_queue ||
                 bytes_ + (*item)->bytes() > options_.max_queued_bytes)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the queue is full (", single_, " of ", options_.max_queue,
                     " photographs wait); try again later or use ClassifyStream"));
  }
  EnterLocked(**item);
  Insert(std::move(*item), &to_decode_);
  return absl::OkStatus();
}

void WorkQueue::Insert(WorkItemPtr item, Line* line) {
  auto place = line->end();
  while (place != line->begin() && (*std::prev(place))->task.priority > item->task.priority) {
    --place;
  }
  line->insert(place, std::move(item));
}

void WorkQueue::EnterLocked(const WorkItem& item) {
  ++depth_;
  single_ += item.admission == Admission::kRefuseWhenFull ? 1 : 0;
  bytes_ += item.bytes();
  metrics_->QueueDepth(depth_);
}

void WorkQueue::LeaveLocked(const WorkItem& item) {
  --depth_;
  single_ -= item.admission == Admission::kRefuseWhenFull ? 1 : 0;
  bytes_ -= item.bytes();
  metrics_->QueueDepth(depth_);
}

int WorkQueue::FairBatch() const {
  // A device is best used by full batches, and who sets a delay wants them too.
  const bool full = options_.max_batch_cores == 0 || options_.max_queue_delay > absl::ZeroDuration();
  if (full) return options_.max_batch;
  const int all = static_cast<int>(to_decode_.size() + ready_.size()) + decoding_ + running_;
  return std::clamp((all + options_.cores - 1) / options_.cores, 1, options_.max_batch);
}

bool WorkQueue::DecodeReady() const {
  if (closed_) return true;
  if (to_decode_.empty() || free_cores_ == 0) return false;
  const bool inference_first =
      idle_batchers_ > 0 && static_cast<int>(ready_.size()) >= FairBatch();
  return !inference_first || options_.max_batch_cores == 0;
}

bool WorkQueue::BatchReady() const {
  if (closed_) return true;
  if (ready_.empty()) return false;
  if (options_.max_batch_cores == 0) return true;
  if (free_cores_ == 0) return false;
  const bool decoding_first = idle_decoders_ > 0 && !to_decode_.empty();
  return !decoding_first || static_cast<int>(ready_.size()) >= FairBatch();
}

bool WorkQueue::NarrowBatchReady() const {
  return BatchReady() && (closed_ || free_cores_ == 1 || !wide_idle_);
}

bool WorkQueue::ExplainReady() const { return closed_ || !to_explain_.empty(); }

bool WorkQueue::BatchFull() const {
  return closed_ || static_cast<int>(ready_.size()) >= options_.max_batch;
}

WorkItemPtr WorkQueue::NextToDecode() {
  absl::MutexLock lock(&mutex_);
  ++idle_decoders_;
  mutex_.Await(absl::Condition(this, &WorkQueue::DecodeReady));
  --idle_decoders_;
  if (closed_) return nullptr;
  --free_cores_;
  ++decoding_;
  WorkItemPtr item = std::move(to_decode_.front());
  to_decode_.pop_front();
  return item;
}

WorkItemPtr WorkQueue::MoveToReady(WorkItemPtr item) {
  absl::MutexLock lock(&mutex_);
  ++free_cores_;
  --decoding_;
  if (closed_) {
    LeaveLocked(*item);
    return item;
  }
  item->ready_since = MonotonicNow();
  Insert(std::move(item), &ready_);
  return nullptr;
}

void WorkQueue::LeaveAfterDecoding(const WorkItem& item) {
  absl::MutexLock lock(&mutex_);
  ++free_cores_;
  --decoding_;
  LeaveLocked(item);
}

WorkQueue::Batch WorkQueue::NextBatch(bool wide) {
  absl::MutexLock lock(&mutex_);
  ++idle_batchers_;
  if (wide) wide_idle_ = true;
  while (true) {
    mutex_.Await(absl::Condition(
        this, wide ? &WorkQueue::BatchReady : &WorkQueue::NarrowBatchReady));
    if (BatchFull() || options_.max_queue_delay <= absl::ZeroDuration()) break;
    AwaitFullBatch();
    // Meanwhile another thread may have taken it, or the cores.
    if (wide ? BatchReady() : NarrowBatchReady()) break;
  }
  --idle_batchers_;
  if (wide) wide_idle_ = false;
  Batch batch;
  if (closed_) return batch;
  batch.items = TakeBatch();
  batch.size = static_cast<int>(batch.items.size());
  running_ += batch.size;
  batch.cores = TakeCores(wide);
  return batch;
}

void WorkQueue::AwaitFullBatch() {
  const absl::Duration waited = MonotonicNow() - ready_.front()->ready_since;
  mutex_.AwaitWithTimeout(absl::Condition(this, &WorkQueue::BatchFull),
                          options_.max_queue_delay - waited);
}

std::vector<WorkItemPtr> WorkQueue::TakeBatch() {
  std::vector<WorkItemPtr> items;
  const int limit = FairBatch();
  const ServedModelHandle served = ready_.front()->result.served;
  for (auto it = ready_.begin(); it != ready_.end() && static_cast<int>(items.size()) < limit;) {
    if ((*it)->result.served != served) {
      ++it;
      continue;
    }
    LeaveLocked(**it);
    items.push_back(std::move(*it));
    it = ready_.erase(it);
  }
  return items;
}

int WorkQueue::TakeCores(bool wide) {
  if (options_.max_batch_cores == 0) return 1;
  const int spare = free_cores_ - static_cast<int>(to_decode_.size() + ready_.size());
  const int cores = wide ? std::clamp(spare, 1, options_.max_batch_cores) : 1;
  free_cores_ -= cores;
  return cores;
}

void WorkQueue::Release(const Batch& batch) {
  absl::MutexLock lock(&mutex_);
  running_ -= batch.size;
  if (options_.max_batch_cores > 0) free_cores_ += batch.cores;
}

WorkItemPtr WorkQueue::AddToExplain(WorkItemPtr item) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return item;
  EnterLocked(*item);
  to_explain_.push_back(std::move(item));
  return nullptr;
}

WorkItemPtr WorkQueue::NextToExplain() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &WorkQueue::ExplainReady));
  if (closed_) return nullptr;
  WorkItemPtr item = std::move(to_explain_.front());
  to_explain_.pop_front();
  LeaveLocked(*item);
  return item;
}

std::vector<WorkItemPtr> WorkQueue::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  std::vector<WorkItemPtr> left;
  for (Line* line : {&to_decode_, &ready_, &to_explain_}) {
    for (WorkItemPtr& item : *line) {
      LeaveLocked(*item);
      left.push_back(std::move(item));
    }
    line->clear();
  }
  return left;
}

int64_t WorkQueue::depth() const {
  absl::MutexLock lock(&mutex_);
  return depth_;
}

}  // namespace fovea
