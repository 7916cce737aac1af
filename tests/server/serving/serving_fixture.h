// A registry with versions in a temporary folder, and a photograph.
#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "common/base/file.h"
#include "server/metrics/metrics.h"
#include "server/model/registry.h"
#include "server/serving/served_models.h"
#include "tests/testing/model_version.h"
#include "tests/testing/phantom.h"
#include "tests/testing/picture_variants.h"

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

  // A sound file of what is no fundus.
  static std::string UngradablePhotograph() {
    return EncodeJpeg(Paint(Painted::kCheckerboard, 1));
  }

  // A counter's value, summed over its labels.
  double SumOf(const std::string& counter) const {
    double sum = 0;
    for (const prometheus::MetricFamily& family : metrics_.registry()->Collect()) {
      if (family.name != counter) continue;
      for (const prometheus::ClientMetric& metric : family.metric) sum += metric.counter.value;
    }
    return sum;
  }

  std::string dir_;
  Metrics metrics_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace fovea
