// How one model lies in the registry's folder. Internal to registry.cc, which holds the mutex.
//
//   {model}/versions/{n}/         a version, complete from the rename that made it
//   {model}/aliases.json          {"aliases": {"production": 3}, "changes": [...]}
//   {model}/next_version          a number below which no version is ever made again
//   {model}/publishing.json       there while a version is published: what a crash leaves to do
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/model/alias_table.h"
#include "server/model/manifest.h"

namespace fovea::registry_internal {

// The files of one model. Not thread-safe.
class ModelFolder {
 public:
  // `dir` need not exist.
  explicit ModelFolder(std::string dir) : dir_(std::move(dir)) {}

  const std::string& dir() const { return dir_; }
  std::string VersionDir(int32_t version) const;

  std::vector<int32_t> ListVersions() const;  // Ascending; empty when there is no folder.
  bool HasVersion(int32_t version) const;

  // Without aliases of versions that are not there. DATA_LOSS when the file is damaged.
  absl::StatusOr<AliasTable> ReadAliases() const;
  absl::Status WriteAliases(const AliasTable& table) const;

  // The number of the next version: above all there are and all there were.
  absl::StatusOr<int32_t> NextVersion() const;

  // Moves a staged folder to its place, and after that sets the aliases, with `reason` as that of
  // the change. A crash in between is made good by FinishPublish.
  absl::Status PublishVersion(const std::string& staged_dir, int32_t version,
                              const std::vector<std::string>& aliases,
                              const std::string& reason) const;
  absl::Status FinishPublish() const;

  // Moves a version out to `destination`, its number being remembered first.
  absl::Status RetireVersion(int32_t version, const std::string& destination) const;

  std::string aliases_path() const;

 private:
  const std::string dir_;
};

// OK when weights and manifest of a version's folder belong together, by size and SHA-256.
absl::Status CheckWeights(const std::string& version_dir, const Manifest& manifest);

// The manifest of a version whose weights have the size that it says; reads no weights.
absl::StatusOr<Manifest> ReadCheckedManifest(const std::string& version_dir);

}  // namespace fovea::registry_internal
