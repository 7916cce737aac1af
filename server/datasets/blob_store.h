// Uploaded files, named by the SHA-256 of their content:
//
//   ROOT/ab/abcdef...  one file
//   ROOT/tmp/          files that are being written
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/datasets/blob_writer.h"

namespace fovea {

class BlobReferences;

// Thread-safe. Outlives its writers and references. Counts how many data sets and uploads name each
// file, and removes a file only while nobody does.
class BlobStore {
 public:
  // Makes the folders if need be, and empties ROOT/tmp. One process owns a root.
  static absl::StatusOr<std::unique_ptr<BlobStore>> Open(const std::string& root);

  const std::string& root() const { return root_; }

  // Size of a file that is complete; NOT_FOUND when it is not there. `sha256` is well-formed.
  absl::StatusOr<int64_t> Size(const std::string& sha256) const;

  // Begins to write a file. Several writers of the same content do not disturb each other.
  absl::StatusOr<std::unique_ptr<BlobWriter>> Write(const std::string& sha256, int64_t size);

  // Keeps these files, there already or not, from being removed. Repeats count once.
  BlobReferences Refer(std::vector<std::string> sha256s);

  // Takes away one count each, and removes the files that nobody names any more.
  absl::Status RemoveUnnamed(const std::vector<std::string>& sha256s);

  // Removes files that nobody names and that were last written before `before`; the count.
  absl::StatusOr<int64_t> RemoveUnnamedBefore(absl::Time before);

  // Makes the names of these files durable.
  absl::Status Sync(const std::vector<std::string>& sha256s) const;

 private:
  friend class BlobReferences;
  using Digest = std::array<char, 32>;

  explicit BlobStore(std::string root) : root_(std::move(root)) {}
  static Digest ToDigest(const std::string& sha256);
  void Drop(const std::vector<std::string>& sha256s);

  const std::string root_;
  // Held while a file is removed, so that none gets a new name in between.
  absl::Mutex mutex_;
  absl::flat_hash_map<Digest, int32_t> counts_ ABSL_GUARDED_BY(mutex_);  // Above 0.
};

// Counts held in a BlobStore. Given back when destroyed, without removing files. Movable.
class BlobReferences {
 public:
  BlobReferences() = default;
  BlobReferences(BlobReferences&& other) noexcept;
  BlobReferences& operator=(BlobReferences&& other) noexcept;
  ~BlobReferences();

  const std::vector<std::string>& sha256s() const { return sha256s_; }

  // Leaves the counts in the store; RemoveUnnamed takes them away later.
  void Keep() && { store_ = nullptr; }

 private:
  friend class BlobStore;
  BlobReferences(BlobStore* store, std::vector<std::string> sha256s)
      : store_(store), sha256s_(std::move(sha256s)) {}

  BlobStore* store_ = nullptr;
  std::vector<std::string> sha256s_;  // Sorted, without repeats.
};

}  // namespace fovea
