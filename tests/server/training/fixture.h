// A small data set of painted photographs, and a sink that remembers.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/dataset/index.h"
#include "server/training/attempt.h"
#include "server/training/cache.h"
#include "tests/testing/phantom.h"

namespace fovea {

// Calls `hook` with each event, then keeps it. Thread-safe.
class RecordingSink : public EventSink {
 public:
  explicit RecordingSink(std::function<void(const TrainingEvent&)> hook = nullptr)
      : hook_(std::move(hook)) {}

  void Emit(TrainingEvent event) override {
    if (hook_) hook_(event);
    absl::MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
  }
  bool Flush(absl::Duration) override { return true; }

  template <typename Event>
  std::vector<Event> Of() const {
    absl::MutexLock lock(&mutex_);
    std::vector<Event> found;
    for (const TrainingEvent& event : events_) {
      if (std::holds_alternative<Event>(event)) found.push_back(std::get<Event>(event));
    }
    return found;
  }

 private:
  const std::function<void(const TrainingEvent&)> hook_;
  mutable absl::Mutex mutex_;
  std::vector<TrainingEvent> events_ ABSL_GUARDED_BY(mutex_);
};

// A folder of its own, removed at the end.
class TempDir {
 public:
  TempDir() : path_(MakeTempDir("fovea-test").value()) {}
  ~TempDir() { EXPECT_TRUE(RemoveAll(path_).ok()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

inline constexpr int kClasses = 3;

// `count` photographs of 80 x 96 pixels under dir/files, every fourth one a test one.
inline std::vector<DatasetItem> PaintItems(const std::string& dir, int count) {
  std::vector<DatasetItem> items;
  EXPECT_TRUE(MakeDirs(JoinPath(dir, "files")).ok());
  for (int i = 0; i < count; ++i) {
    Phantom phantom;
    phantom.patient = i;
    phantom.grade = i % kClasses;
    phantom.width = 96;
    phantom.height = 80;
    const std::string bytes = EncodePng(PaintPhantom(phantom));
    DatasetItem item;
    item.path = absl::StrCat("p", i, "_left.png");
    item.label = i % kClasses;
    item.part = i % 4 == 3 ? Part::kTest : Part::kTrain;
    item.patient = absl::StrCat("p", i);
    item.sha256 = Sha256Hex(bytes);
    item.size = static_cast<int64_t>(bytes.size());
    EXPECT_TRUE(WriteFileAtomic(JoinPath(JoinPath(dir, "files"), item.path), bytes).ok());
    items.push_back(item);
  }
  return items;
}

// An attempt over such a data set in `dir`: 64-pixel crops, one epoch a phase, one thread.
inline Attempt MakeAttempt(const std::string& dir, const std::vector<DatasetItem>& items) {
  Attempt attempt;
  attempt.job = "jobs/j-test";
  attempt.options.dataset = "datasets/phantoms";
  attempt.options.model_id = "m";
  attempt.options.recipe.epochs = 2;
  attempt.options.recipe.head_epochs = 1;
  attempt.options.recipe.batch_size = 4;
  attempt.options.recipe.learning_rate = 0.01;
  attempt.options.preprocess.resize_short_side = 72;
  attempt.options.preprocess.crop_size = 64;
  attempt.options.seed = 7;
  attempt.options.threads = 1;
  attempt.options.device = "cpu";
  attempt.training_spec_json = "{}";
  attempt.dataset_fingerprint = DatasetFingerprint(items);
  attempt.class_names = {"none", "mild", "severe"};
  attempt.index_path = JoinPath(dir, "items.jsonl");
  attempt.files = {JoinPath(dir, "files"), false};
  attempt.job_dir = JoinPath(dir, "job");
  attempt.cache_dir = JoinPath(dir, "cache");
  EXPECT_TRUE(WriteIndex(attempt.index_path, items).ok());
  return attempt;
}

// A cache of such photographs at 72 pixels, in dir/cache.
inline CacheOptions SmallCacheOptions(const std::string& dir,
                                      const std::vector<DatasetItem>& items) {
  CacheOptions options;
  options.dir = JoinPath(dir, "cache");
  options.dataset_fingerprint = DatasetFingerprint(items);
  options.spec.resize_short_side = 72;
  options.spec.crop_size = 64;
  options.files = {JoinPath(dir, "files"), false};
  options.threads = 2;
  return options;
}

}  // namespace fovea
