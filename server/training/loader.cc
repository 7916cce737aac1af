#include "server/training/loader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/random_stream.h"
#include "common/preprocess/augment.h"

namespace fovea {
namespace {

// As the tensor library's allocator, so that results do not depend on who allocated a batch.
constexpr size_t kAlignment = 64;

float* AllocateFloats(size_t count) {
  const size_t bytes = (count * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<float*>(memory);
}

RandomStream StreamOf(const Sample& sample, uint64_t seed, int epoch) {
  const uint64_t item = sample.item;
  if (sample.draw == 0) return RandomStream({seed, static_cast<uint64_t>(epoch), item});
  return RandomStream(
      {seed, static_cast<uint64_t>(epoch), item, static_cast<uint64_t>(sample.draw)});
}

}  // namespace

InputFunction TrainingInput(const PreprocessSpec& spec, const Augmentation& augmentation,
                            uint64_t seed, int epoch) {
  return [=](const Sample& sample, ImageView image, float* out) {
    RandomStream random = StreamOf(sample, seed, epoch);
    AugmentToTensor(image, spec, augmentation, random, out);
  };
}

InputFunction TestInput(const PreprocessSpec& spec) {
  return [=](const Sample&, ImageView image, float* out) {
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec, out);
  };
}

Loader::Loader(ImageCache* cache, std::vector<Sample> samples, InputFunction input,
               const Options& options)
    : cache_(cache),
      samples_(std::move(samples)),
      input_(std::move(input)),
      options_(options),
      claimed_(options.first_batch),
      taken_(options.first_batch) {
  const int64_t threads = std::min<int64_t>({options.threads, kAhead, options.batches});
  for (int64_t i = 0; i < threads; ++i) {
    threads_.emplace_back(absl::StrCat("loader-", i), [this] { Work(); });
  }
}

Loader::~Loader() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  // Members are destroyed after the lock is released; the threads are joined then.
}

Batch Loader::Next() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Loader::NextIsReady));
  Slot& slot = slots_[taken_ % kAhead];
  slot.ready = false;
  ++taken_;
  return std::move(slot.batch);
}

void Loader::Work() {
  while (true) {
    int64_t index;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Loader::MayClaim));
      if (stopping_ || claimed_ >= options_.batches) return;
      index = claimed_++;
    }
    Batch batch = Make(index);
    absl::MutexLock lock(&mutex_);
    slots_[index % kAhead].batch = std::move(batch);
    slots_[index % kAhead].ready = true;
  }
}

Batch Loader::Make(int64_t index) const {
  const int64_t begin = index * options_.batch_size;
  const int64_t end = std::min<int64_t>(begin + options_.batch_size,
                                        static_cast<int64_t>(samples_.size()));
  const size_t floats = static_cast<size_t>(options_.spec.crop_size) * options_.spec.crop_size * 3;
  Batch batch;
  batch.size = end - begin;
  batch.inputs.reset(AllocateFloats(batch.size * floats));
  for (int64_t i = begin; i < end; ++i) {
    const Sample& sample = samples_[i];
    input_(sample, cache_->Get(sample.item), batch.inputs.get() + (i - begin) * floats);
    cache_->Release(sample.item);
    batch.labels.push_back(sample.label);
  }
  return batch;
}

}  // namespace fovea
