// How a training attempt is told to stop.
#pragma once

#include <atomic>

#include "absl/status/status.h"

namespace fovea {

// Set from any thread (also from one that waits for signals of the system), polled by the work at
// each photograph and each batch. Thread-safe. A cancel overrides a drain, never the other way round.
class StopSignal {
 public:
  enum class Kind { kNone = 0, kDrain = 1, kCancel = 2 };

  void Request(Kind kind) {
    Kind before = kind_.load();
    while (before < kind && !kind_.compare_exchange_weak(before, kind)) {
    }
  }
  Kind kind() const { return kind_.load(); }
  bool requested() const { return kind() != Kind::kNone; }

  // CANCELLED once requested.
  absl::Status Check() const {
    return requested() ? absl::CancelledError("asked to stop") : absl::OkStatus();
  }

 private:
  std::atomic<Kind> kind_{Kind::kNone};
};

}  // namespace fovea
