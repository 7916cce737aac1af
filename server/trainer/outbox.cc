#include "server/trainer/outbox.h"

#include <algorithm>
#include <utility>

namespace fovea {
namespace {

bool IsProgress(const Outbox::Report& report) {
  return report.has_event() &&
         (report.event().has_step_progress() || report.event().has_cache_progress());
}

bool SameKind(const Outbox::Report& a, const Outbox::Report& b) {
  return a.event().event_case() == b.event().event_case();
}

}  // namespace

void Outbox::Add(Report report) {
  absl::MutexLock lock(&mutex_);
  if (IsProgress(report)) {
    // Removed and added at the end, so that progress never overtakes an event.
    std::erase_if(waiting_, [&report](const Report& old) {
      return IsProgress(old) && SameKind(old, report);
    });
  }
  waiting_.push_back(std::move(report));
}

void Outbox::Rewind(int64_t stored) {
  absl::MutexLock lock(&mutex_);
  DropStored(stored);
  next_taken_ = 0;
  // Another process of this attempt was here before; go on after it.
  last_sequence_ = std::max(last_sequence_, stored);
}

std::optional<Outbox::Report> Outbox::Take(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &Outbox::HasNext), timeout);
  woken_ = false;
  if (next_taken_ < taken_.size()) return taken_[next_taken_++];
  if (waiting_.empty()) return std::nullopt;
  waiting_.front().set_sequence(++last_sequence_);
  taken_.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  ++next_taken_;
  return taken_.back();
}

void Outbox::Acknowledge(int64_t sequence) {
  absl::MutexLock lock(&mutex_);
  DropStored(sequence);
}

void Outbox::DropStored(int64_t stored) {
  while (!taken_.empty() && taken_.front().sequence() <= stored) {
    taken_.pop_front();
    if (next_taken_ > 0) --next_taken_;
  }
}

bool Outbox::WaitEmpty(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(this, &Outbox::IsEmpty), timeout);
}

void Outbox::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

}  // namespace fovea
