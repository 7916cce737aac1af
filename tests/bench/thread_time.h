// Times of benchmarks that other programs on the machine disturb little.
#pragma once

#include <ctime>
#include <functional>
#include <utility>

#include "absl/time/time.h"

namespace fovea {

// Width and height of photographs, from a fundus camera's down to those of the shared set.
inline constexpr std::pair<int, int> kPhotographSizes[] = {
    {3888, 2592}, {2048, 1536}, {1024, 768}, {341, 256}};

// Processor time of the calling thread since it began.
inline absl::Duration ThreadTime() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

// Processor time that `work` takes on the calling thread, in milliseconds.
inline double Milliseconds(const std::function<void()>& work) {
  const absl::Duration start = ThreadTime();
  work();
  return absl::ToDoubleMilliseconds(ThreadTime() - start);
}

}  // namespace fovea
