// How the process of a trainer uses memory. No Torch.
#pragma once

namespace fovea {

// From now on memory that was freed stays with the process and is used again. Each training step
// frees hundreds of megabytes of activations and asks for them again: by default the system takes
// them back and clears every page anew, a tenth of a step on a CPU. For programs that do little
// else than train: their resident memory never shrinks. Call before threads start.
void KeepFreedMemory();

}  // namespace fovea
