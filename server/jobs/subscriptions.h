// Who wants to know when a job has new events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace fovea {

class Subscriptions;

// Ends a subscription when destroyed; after that its callback is not running and never runs again.
// Movable, not copyable.
class Subscription {
 public:
  Subscription() = default;
  Subscription(Subscriptions* hub, std::string job, uint64_t key)
      : hub_(hub), job_(std::move(job)), key_(key) {}
  ~Subscription() { Reset(); }
  Subscription(Subscription&& other) noexcept { *this = std::move(other); }
  Subscription& operator=(Subscription&& other) noexcept;

  void Reset();

 private:
  Subscriptions* hub_ = nullptr;
  std::string job_;
  uint64_t key_ = 0;
};

// Thread-safe. Outlives every Subscription.
class Subscriptions {
 public:
  // `callback` runs after each change to the job, under a lock: it must return at once and call
  // nothing of this class (it may take a lock of its own and post work).
  Subscription Add(const std::string& job, std::function<void()> callback);
  void Notify(const std::string& job) const;

 private:
  friend class Subscription;
  void Remove(const std::string& job, uint64_t key);

  mutable absl::Mutex mutex_;
  uint64_t next_key_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<std::string, std::map<uint64_t, std::function<void()>>> callbacks_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
