#include "server/rpc/executor.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fovea {

Executor::Executor(const std::string& name, int threads)
    : queue_(std::numeric_limits<size_t>::max()) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back(absl::StrCat(name, "-", i), [this] {
      while (std::optional<std::function<void()>> task = queue_.Pop()) (*task)();
    });
  }
}

Executor::~Executor() { Shutdown(); }

void Executor::Post(std::function<void()> task) {
  if (!queue_.TryPush(std::move(task))) task();
}

void Executor::Shutdown() {
  queue_.Close();
  for (Thread& thread : threads_) thread.Join();
}

}  // namespace fovea
