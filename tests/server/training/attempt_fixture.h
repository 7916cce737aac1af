// Attempts over painted photographs, and what they stage.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/file.h"
#include "server/model/manifest.h"
#include "server/model/registry.h"
#include "server/training/attempt.h"
#include "tests/server/training/fixture.h"

namespace fovea {

class AttemptTest : public testing::Test {
 protected:
  AttemptTest()
      : items_(PaintItems(temp_.path(), 24)), attempt_(MakeAttempt(temp_.path(), items_)) {}

  // The same job in another folder.
  Attempt Elsewhere(const std::string& name) {
    Attempt attempt = attempt_;
    attempt.job_dir = JoinPath(temp_.path(), name);
    return attempt;
  }

  static std::string Staged(const Attempt& attempt, const std::string& file) {
    return ReadFile(JoinPath(JoinPath(attempt.job_dir, "staging"), file)).value();
  }

  static Manifest StagedManifest(const Attempt& attempt) {
    return ManifestFromJson(Staged(attempt, kManifestFile)).value();
  }

  const TempDir temp_;
  const std::vector<DatasetItem> items_;
  Attempt attempt_;
  StopSignal stop_;
};

}  // namespace fovea
