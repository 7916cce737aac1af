// Ctrl-C as something that a command can wait for and act on.
#pragma once

#include <grpcpp/client_context.h>

#include <array>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"

namespace fovea::client {

// While it lives, the first SIGINT is caught and told to the command; a second one ends the
// process as usual. One a process at a time. Thread-safe.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool interrupted() const;
  // Waits; false as soon as there is an interrupt.
  bool WaitFor(absl::Duration duration) const;
  // `action` runs once at the interrupt, on another thread, or here if it has been. nullptr: none.
  // After the call returns, the action that was set before does not run any more.
  void OnInterrupt(std::function<void()> action);

 private:
  void Loop();

  const std::array<int, 2> pipe_;  // Read end, write end.
  mutable absl::Mutex mutex_;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> action_ ABSL_GUARDED_BY(mutex_);
  Thread thread_;  // The last member: it starts when the others are there.
};

// Cancels a call at an interrupt, as long as it lives. Make it after the context.
class CancelOnInterrupt {
 public:
  CancelOnInterrupt(Interrupts* interrupts, grpc::ClientContext* context)
      : interrupts_(interrupts) {
    interrupts_->OnInterrupt([context] { context->TryCancel(); });
  }
  ~CancelOnInterrupt() { interrupts_->OnInterrupt(nullptr); }
  CancelOnInterrupt(const CancelOnInterrupt&) = delete;
  CancelOnInterrupt& operator=(const CancelOnInterrupt&) = delete;

 private:
  Interrupts* interrupts_;
};

}  // namespace fovea::client
