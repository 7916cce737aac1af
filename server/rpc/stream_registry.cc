#include "server/rpc/stream_registry.h"

namespace fovea {

StreamRegistry::StreamRegistry(absl::Duration tick)
    : thread_("stream-timer", [this, tick] { Run(tick); }) {}

StreamRegistry::~StreamRegistry() {
  absl::MutexLock lock(&mutex_);
  stop_ = true;
}

void StreamRegistry::Add(const std::shared_ptr<OpenStream>& stream) {
  bool closed;
  {
    absl::MutexLock lock(&mutex_);
    streams_[stream.get()] = stream;
    closed = closed_;
  }
  if (closed) stream->Close();
}

void StreamRegistry::CloseAll() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  for (const auto& [key, stream] : Alive()) stream->Close();
}

int StreamRegistry::size() const { return static_cast<int>(Alive().size()); }

std::map<OpenStream*, std::shared_ptr<OpenStream>> StreamRegistry::Alive() const {
  absl::MutexLock lock(&mutex_);
  std::map<OpenStream*, std::shared_ptr<OpenStream>> alive;
  for (auto it = streams_.begin(); it != streams_.end();) {
    std::shared_ptr<OpenStream> stream = it->second.lock();
    if (stream == nullptr) {
      it = streams_.erase(it);
      continue;
    }
    alive[it->first] = std::move(stream);
    ++it;
  }
  return alive;
}

void StreamRegistry::Run(absl::Duration tick) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stop_), tick)) return;
    }
    for (const auto& [key, stream] : Alive()) stream->Tick();
  }
}

}  // namespace fovea
