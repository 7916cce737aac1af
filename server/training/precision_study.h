// How a trained version can be served: quantisers for 8-bit integers, and what each precision
// changes.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/training/attempt.h"
#include "server/training/events.h"
#include "server/training/photographs.h"
#include "server/training/stop_signal.h"

namespace fovea {

// Photographs of the train part from which quantisers are chosen, at most.
inline constexpr int kCalibrationImages = 256;

// Fills in `inference` of the manifest in a version's folder: quantisers from photographs of the
// train part, drawn by the seed, as tests see them; and for each precision that the device is good
// at, how answers on validation and test part differ from those in float32. Replaces the file at
// once. Says at `sink` how far it is. CANCELLED when `stop` says so, errors of the files,
// RESOURCE_EXHAUSTED or INTERNAL of the tensor library.
absl::Status StudyPrecisions(const Attempt& attempt, const Photographs& photographs,
                             const std::string& version_dir, const StopSignal& stop,
                             EventSink* sink);

}  // namespace fovea
