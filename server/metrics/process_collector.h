// Figures of this process from /proc, as Prometheus' client libraries name them.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

namespace fovea {

// Resident memory, CPU seconds, open file descriptors and threads, read at each scrape.
// Thread-safe.
class ProcessCollector final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace fovea
