// A registry with versions in a temporary folder, and a photograph.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/file.h"
#include "server/metrics/metrics.h"
#include "server/model/registry.h"
#include "server/serving/served_models.h"
#include "tests/testing/model_version.h"
#include "tests/testing/phantom.h"

namespace fovea {

class ServingTest : public testing::Test {
 protected:
  ServingTest() {
    dir_ = MakeTempDir("fovea-serving").value();
    registry_ = Registry::Open(JoinPath(dir_, "models")).value();
  }
  ~ServingTest() override { RemoveAll(dir_).IgnoreError(); }

  VersionInfo Publish(const std::string& model_id, uint64_t seed) {
    return PublishTestVersion(*registry_, {.model_id = model_id, .seed = seed}).value();
  }

  static std::string Photograph(int grade = 2) {
    return EncodeJpeg(PaintPhantom({.patient = 7, .grade = grade, .width = 64, .height = 64}));
  }

  std::string dir_;
  Metrics metrics_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace fovea
