// Threads for the blocking part of rpcs: gRPC's reactions never block, they post here.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/base/queue.h"
#include "common/base/thread.h"

namespace fovea {

// A fixed pool of named threads over one queue. Thread-safe. The destructor runs what was posted,
// then joins; the owner makes sure that nothing posted waits for something posted later.
class Executor {
 public:
  Executor(const std::string& name, int threads);
  ~Executor();

  // Runs `task` on one of the threads, in order of posting. Never blocks. After Shutdown the task
  // is run at once on the calling thread instead, so that no reactor stays unfinished.
  void Post(std::function<void()> task);

  // Runs what was posted, then joins. Harmless when called again.
  void Shutdown();

 private:
  BoundedQueue<std::function<void()>> queue_;
  std::vector<Thread> threads_;
};

}  // namespace fovea
