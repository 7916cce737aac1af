// A small SYNTHETIC data set and a fovead, ready to train on it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fovea/v1/classification_service.grpc.pb.h"
#include "fovea/v1/job.pb.h"
#include "fovea/v1/model_service.grpc.pb.h"
#include "fovea/v1/training_service.grpc.pb.h"
#include "tests/integration/processes.h"

namespace fovea {

// Everything lives in one temporary folder: the photographs, the data directory, the logs.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest();
  ~ServiceTest() override;

  // Starts fovead over the data directory, in place of one that ran before.
  void Start(const std::vector<std::string>& arguments = {});
  // Pushes the photographs as `datasets/eyes`.
  void Push();
  // `fovea --server ...` to its end.
  ProgramResult Cli(std::vector<std::string> arguments) const;

  // A job of a head epoch and `full_epochs` more on 32-pixel photographs; its name.
  std::string CreateJob(int full_epochs = 1, const std::string& model_id = "dr");
  v1::Job GetJob(const std::string& name);
  // Follows the job until an event for which `wanted` holds; false when the stream ends before.
  bool AwaitEvent(const std::string& name,
                  const std::function<bool(const v1::JobEvent&)>& wanted);
  // Follows the job to its end, over restarts of fovead too.
  v1::Job AwaitEnd(const std::string& name);
  // The first step of an epoch has been reported.
  bool AwaitEpochUnderWay(const std::string& name, int epoch);

  v1::ModelVersion GetVersion(const std::string& name);

  std::string photographs() const { return dir_ + "/photographs"; }
  std::string data_dir() const { return dir_ + "/data"; }

  std::string dir_;
  std::unique_ptr<FoveadProcess> fovead_;
  std::unique_ptr<v1::TrainingService::Stub> training_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::ClassificationService::Stub> classification_;
};

// The figures of a job's end that must not depend on what happened to it on the way.
std::string Figures(const v1::Job& job);

}  // namespace fovea
