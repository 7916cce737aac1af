// A thread with a name that joins when it is destroyed.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace fovea {

// Runs a function on a named thread (15 characters are kept, visible in `top -H`). The owner must
// make the function return, by closing its queue for instance, before it destroys the thread: the
// destructor waits. Movable, not copyable.
class Thread {
 public:
  Thread() = default;
  Thread(std::string name, std::function<void()> body);
  ~Thread();
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = delete;

  // Waits until the function has returned. Harmless when called again.
  void Join();

 private:
  std::thread thread_;
};

}  // namespace fovea
