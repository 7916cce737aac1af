#include "server/jobs/subscriptions.h"

#include <utility>

namespace fovea {

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  hub_ = std::exchange(other.hub_, nullptr);
  job_ = std::move(other.job_);
  key_ = other.key_;
  return *this;
}

void Subscription::Reset() {
  if (hub_ != nullptr) hub_->Remove(job_, key_);
  hub_ = nullptr;
}

Subscription Subscriptions::Add(const std::string& job, std::function<void()> callback) {
  absl::MutexLock lock(&mutex_);
  const uint64_t key = next_key_++;
  callbacks_[job][key] = std::move(callback);
  return Subscription(this, job, key);
}

void Subscriptions::Notify(const std::string& job) const {
  absl::MutexLock lock(&mutex_);
  const auto found = callbacks_.find(job);
  if (found == callbacks_.end()) return;
  for (const auto& [key, callback] : found->second) callback();
}

void Subscriptions::Remove(const std::string& job, uint64_t key) {
  absl::MutexLock lock(&mutex_);
  const auto found = callbacks_.find(job);
  if (found == callbacks_.end()) return;
  found->second.erase(key);
  if (found->second.empty()) callbacks_.erase(found);
}

}  // namespace fovea
