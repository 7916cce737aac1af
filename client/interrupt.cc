#include "client/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace fovea::client {
namespace {

// Write end of the pipe of the one Interrupts object; -1 without one.
std::atomic<int> signal_pipe{-1};

void OnSignal(int) {
  const char byte = 'i';
  const int fd = signal_pipe.load();
  if (fd >= 0) (void)!write(fd, &byte, 1);
}

std::array<int, 2> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {-1, -1};
  return {ends[0], ends[1]};
}

}  // namespace

Interrupts::Interrupts() : pipe_(MakePipe()), thread_("interrupts", [this] { Loop(); }) {
  signal_pipe = pipe_[1];
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
}

Interrupts::~Interrupts() {
  signal(SIGINT, SIG_DFL);
  signal_pipe = -1;
  close(pipe_[1]);  // Ends the loop.
  thread_.Join();
  close(pipe_[0]);
}

bool Interrupts::interrupted() const {
  absl::MutexLock lock(&mutex_);
  return interrupted_;
}

bool Interrupts::WaitFor(absl::Duration duration) const {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&interrupted_), duration);
}

void Interrupts::OnInterrupt(std::function<void()> action) {
  absl::MutexLock lock(&mutex_);
  if (interrupted_ && action) return action();
  action_ = std::move(action);
}

void Interrupts::Loop() {
  char byte;
  if (read(pipe_[0], &byte, 1) != 1) return;
  absl::MutexLock lock(&mutex_);
  interrupted_ = true;
  if (action_) action_();
  action_ = nullptr;
}

}  // namespace fovea::client
