// A data set of phantoms on disk, for the quick start and for tests of the whole system.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace fovea {

struct PhantomDatasetOptions {
  std::string dir;                // Made when it does not exist.
  int patients = 60;              // Two photographs each; every fifth is in the test part.
  int held_back_patients = 3;     // More patients, in neither part.
  uint64_t seed = 1;
  int size = 256;                 // Pixels, both sides.
  std::string layout = "lab";     // "lab" or "folders".
};

// Writes
//   lab:      train_img.csv, train_label.csv, test_img.csv, test_label.csv and images/p0001_left.jpeg
//   folders:  train/2/p0001_left.jpeg and test/2/...
//   both:     held-back/p0101_left.jpeg with held-back/labels.csv (image,level), and SYNTHETIC.txt.
// The parts share no patient. The grades go round in a fixed order, so that even a small set has all
// five in both parts (from 25 patients on); about 40 % of the train part has grade 0, 15 % each of
// the others. An eye in eight differs from its fellow by one grade.
absl::Status WritePhantomDataset(const PhantomDatasetOptions& options);

}  // namespace fovea
