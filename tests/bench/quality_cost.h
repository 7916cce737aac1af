// What the quality gate costs beside what a photograph costs anyway.
#pragma once

namespace fovea {

// Prints the medians of the processor time of decoding, of resizing and of the gate, for phantoms of a few sizes, one
// thread.
void PrintQualityCost();

}  // namespace fovea
