// What a model said about the images of a data set, and what is true: the input of all metrics.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace fovea {

// Entry i of each list belongs to image i.
struct Predictions {
  int num_classes = 0;
  std::vector<int> labels = {};            // True classes, 0 .. num_classes - 1.
  std::vector<double> probabilities = {};  // Row-major, num_classes an image.
  // The classes that were answered, see Decide. Empty: those of the highest probability.
  std::vector<int> predicted = {};
  // Images with equal ids show one patient. An image whose id is empty is a patient of its own, and
  // so is every image when the list is empty.
  std::vector<std::string> patients = {};

  size_t images() const { return labels.size(); }
  std::span<const double> Row(size_t image) const {
    return std::span(probabilities).subspan(image * static_cast<size_t>(num_classes),
                                            static_cast<size_t>(num_classes));
  }
  // The class that was answered for an image.
  int Answer(size_t image) const;
};

// INVALID_ARGUMENT for: fewer than two classes, no images, a label or an answer that is not a
// class, lists of the wrong length, a probability outside 0..1, a row that does not add up to 1 within 1e-4 (room
// for softmax in single precision). The metrics expect predictions that are valid.
absl::Status ValidatePredictions(const Predictions& predictions);

// The class of the highest probability, the lowest class of equals; as numpy.argmax.
int PredictedClass(std::span<const double> probabilities);

// The images of each patient, patients in the order of their first images. Thread-safe.
std::vector<std::vector<size_t>> ImagesByPatient(const Predictions& predictions);

}  // namespace fovea
