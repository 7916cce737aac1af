// Threads of the tensor library. No Torch in this header.
#pragma once

namespace fovea {

// Sets the tensor library's intra-op threads of this process (inter-op: 1). Call once at start.
void SetTorchThreads(int threads);

// Sets the intra-op threads of what the calling thread computes from now on, and of no other.
// Without effect where the library's threads are not OpenMP's. Thread-safe, and cheap.
void SetOwnTorchThreads(int threads);

}  // namespace fovea
