#include "server/jobs/links.h"

#include <utility>

namespace fovea {

void TrainerLinks::Expect(const std::string& job) {
  absl::MutexLock lock(&mutex_);
  entries_[job] = Entry{nullptr, {}, Clock::now()};
}

void TrainerLinks::Forget(const std::string& job) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(job);
}

void TrainerLinks::Attach(const std::string& job, std::shared_ptr<TrainerLink> link) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  if (found == entries_.end()) return;
  if (found->second.link != nullptr) found->second.link->Replaced();
  found->second = Entry{std::move(link), {}, Clock::now()};
}

void TrainerLinks::Detach(const std::string& job, const TrainerLink* link) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  if (found != entries_.end() && found->second.link.get() == link) found->second.link.reset();
}

bool TrainerLinks::Attached(const std::string& job) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  return found != entries_.end() && found->second.link != nullptr;
}

void TrainerLinks::Heard(const std::string& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  if (found != entries_.end()) found->second.heard = Clock::now();
}

TrainerLinks::Clock::time_point TrainerLinks::LastHeard(const std::string& job) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  return found == entries_.end() ? Clock::now() : found->second.heard;
}

void TrainerLinks::SendOnce(const std::string& job, internal::v1::Command command) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(job);
  if (found == entries_.end() || found->second.link == nullptr) return;
  if (found->second.sent.insert(command).second) found->second.link->Send(command);
}

}  // namespace fovea
