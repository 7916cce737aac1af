// Whole jobs: ours in a process of its own, and the reference lab's.
#pragma once

#include <string>

#include "server/model/architecture.h"
#include "tests/bench/training_data.h"

namespace fovea {

struct JobCost {
  double seconds = 0;        // In all, the start of the program left out.
  double cache_seconds = 0;  // Of them until the photographs are decoded; ours.
  double train_seconds = 0, test_seconds = 0;
  double peak_mib = 0;       // Of resident memory.
};

struct JobShape {
  Architecture architecture = Architecture::kResNet18;
  int epochs = 20, head_epochs = 5;
  int threads = 2;
  bool mixed = false;
};

// Trains as fovea-trainer does, in this process; what RunOurJob starts. Prints 0 when it is ready,
// waits for a line, and answers with the numbers of JobCost.
void RunJobHere(const std::string& photographs_dir, const std::string& dir, const JobShape& shape);

// Ours, in a process of its own, beginning anew with an empty cache in `dir`.
JobCost RunOurJob(const BenchPhotographs& photographs, const std::string& dir,
                  const JobShape& shape);
// The lab's, with so many workers; `layout`: nchw or channels_last.
JobCost RunLabJob(const BenchPhotographs& photographs, const std::string& dir,
                  const JobShape& shape, const std::string& layout, int workers);

}  // namespace fovea
