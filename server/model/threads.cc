#include "server/model/threads.h"

#include <dlfcn.h>

#include <mutex>

#include "common/torch/torch.h"

namespace fovea {
namespace {

using OmpSetNumThreads = void (*)(int);

// Of the OpenMP that comes with the library, under a name of its own, so that nothing of ours links
// to it.
OmpSetNumThreads FindOmpSetNumThreads() {
  return reinterpret_cast<OmpSetNumThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
}

}  // namespace

void SetTorchThreads(int threads) {
  at::set_num_threads(threads);
  static std::once_flag once;  // The library refuses a second call.
  std::call_once(once, [] { at::set_num_interop_threads(1); });
}

void SetOwnTorchThreads(int threads) {
  static const OmpSetNumThreads set = FindOmpSetNumThreads();
  if (set == nullptr) return;
  // The library's first use in a thread sets the process's number; ours comes after it.
  thread_local const int initial = at::get_num_threads();
  static_cast<void>(initial);
  set(threads);
}

}  // namespace fovea
