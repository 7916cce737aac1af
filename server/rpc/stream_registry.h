// The long-lived streams of a service, to end them all at shutdown and to look after slow ones.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"

namespace fovea {

// One stream, as its registry sees it. Both functions return at once.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // The server is shutting down: finish.
  virtual void Close() = 0;
  // Called about every `tick`, for time limits.
  virtual void Tick() = 0;
};

// Thread-safe. Outlives the gRPC server.
class StreamRegistry {
 public:
  explicit StreamRegistry(absl::Duration tick = absl::Seconds(1));
  ~StreamRegistry();

  // Once CloseAll was called, a stream is closed as it is added.
  void Add(const std::shared_ptr<OpenStream>& stream);
  // Also forgets streams that no longer exist.
  void CloseAll();
  // Streams that exist.
  int size() const;

 private:
  void Run(absl::Duration tick);
  std::map<OpenStream*, std::shared_ptr<OpenStream>> Alive() const;

  mutable absl::Mutex mutex_;
  mutable std::map<OpenStream*, std::weak_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;

  Thread thread_;  // Last: it uses all of the above.
};

}  // namespace fovea
