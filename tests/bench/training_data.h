// The photographs and weights that both sides of training_bench begin with.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/dataset/index.h"
#include "server/model/architecture.h"
#include "server/training/attempt.h"

namespace fovea {

inline constexpr int kBenchClasses = 5;

// Files in dir/files, their list for both sides: dir/items.jsonl and dir/photographs.txt.
struct BenchPhotographs {
  std::string dir;
  std::vector<DatasetItem> items = {};

  std::string python_list() const;
};

// `count` photographs, a fifth of them test ones, grades in turn: those of the folder `from` (its
// JPEGs by name, over again if there are fewer), or painted ones of 340 x 256 where it is empty.
BenchPhotographs MakePhotographs(const std::string& dir, const std::string& from, int count);
// Enlarged from the first of `small` to 3888 x 2592, by lab_loop.py.
BenchPhotographs MakeOriginals(const std::string& dir, const BenchPhotographs& small, int count);

// Fresh weights of a network, in a file.
std::string MakeWeights(const std::string& dir, Architecture architecture);

// Python's interpreter and lab_loop.py.
std::vector<std::string> LabLoop();

// A job with recipe `lab` without a validation part, over the photographs, beginning anew in `dir`.
Attempt MakeBenchAttempt(const BenchPhotographs& photographs, const std::string& dir,
                         Architecture architecture, int epochs, int head_epochs, int threads);

}  // namespace fovea
