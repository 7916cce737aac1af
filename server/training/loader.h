// Training batches, made ahead on threads. No Torch: batches are plain memory.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/thread.h"
#include "common/preprocess/preprocess.h"
#include "server/training/cache.h"
#include "server/training/sample.h"

namespace fovea {

// Inputs in NHWC: size * crop * crop * 3 floats, 64-byte aligned as the tensor library's own memory.
struct Batch {
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };
  int64_t size = 0;
  std::unique_ptr<float, Free> inputs;
  std::vector<int64_t> labels;
};

// Makes the network's floats of one photograph, as ToTensor. Called from any thread.
using InputFunction = std::function<void(const Sample& sample, ImageView image, float* out)>;

// Of training, augmented by RandomStream{seed, epoch, item}, so that it depends neither on the order
// of photographs nor on the number of threads; by {seed, epoch, item, draw} where an epoch takes a
// photograph once more, so that it looks different.
InputFunction TrainingInput(const PreprocessSpec& spec, const Augmentation& augmentation,
                            uint64_t seed, int epoch);
// Of tests: the centre crop.
InputFunction TestInput(const PreprocessSpec& spec);

// Gives batches of `samples` in order: batch b holds samples b * batch_size .. . Threads work at most
// kAhead batches ahead. `cache` outlives the loader. Next is for one thread; the destructor stops the
// threads and joins.
class Loader {
 public:
  struct Options {
    PreprocessSpec spec;
    int batch_size = 16;
    int threads = 1;
    int64_t first_batch = 0;  // Where a resumed epoch goes on.
    int64_t batches = 0;      // In all, those before first_batch included.
  };
  Loader(ImageCache* cache, std::vector<Sample> samples, InputFunction input,
         const Options& options);
  ~Loader();

  // The next batch; waits for it. Call at most batches - first_batch times.
  Batch Next();

 private:
  static constexpr int64_t kAhead = 3;
  struct Slot {
    bool ready = false;
    Batch batch;
  };

  void Work();
  Batch Make(int64_t index) const;
  bool MayClaim() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || claimed_ >= options_.batches || claimed_ < taken_ + kAhead;
  }
  bool NextIsReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return slots_[taken_ % kAhead].ready;
  }

  ImageCache* const cache_;
  const std::vector<Sample> samples_;
  const InputFunction input_;
  const Options options_;

  absl::Mutex mutex_;
  Slot slots_[kAhead] ABSL_GUARDED_BY(mutex_);
  int64_t claimed_ ABSL_GUARDED_BY(mutex_);  // The next batch that a thread may begin.
  int64_t taken_ ABSL_GUARDED_BY(mutex_);    // The next batch that Next returns.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::vector<Thread> threads_;
};

}  // namespace fovea
