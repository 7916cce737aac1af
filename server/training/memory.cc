#include "server/training/memory.h"

#include <malloc.h>

#include <climits>

namespace fovea {

void KeepFreedMemory() {
  mallopt(M_MMAP_MAX, 0);  // A mapping of its own goes back to the system with each free.
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

}  // namespace fovea
