// Real fovead, fovea-trainer and fovea processes over a temporary folder, for whole-system tests.
#pragma once

#include <grpcpp/channel.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace fovea {

// What a program that ran to its end left behind.
struct ProgramResult {
  int exit_code = -1;  // 128 + signal for one that was killed.
  std::string output;  // stdout and stderr as they came.
};

// Runs a program of the build's bin folder, or an absolute path, to its end.
ProgramResult RunProgram(const std::string& name, const std::vector<std::string>& arguments);

// One fovead. Not thread-safe. The destructor kills it; its trainers live on.
class FoveadProcess {
 public:
  // Starts it on free ports over `data_dir` and waits until it is SERVING. `arguments` are added.
  FoveadProcess(const std::string& data_dir, const std::vector<std::string>& arguments = {});
  ~FoveadProcess();

  const std::string& address() const { return address_; }
  const std::string& metrics_address() const { return metrics_address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  pid_t pid() const { return pid_; }

  // SIGKILL; trainers live on.
  void Kill();
  // SIGTERM and wait; the exit code.
  int Terminate();
  // Whether it has ended by itself.
  bool Ended();

  // All that it has logged so far.
  std::string log() const;

 private:
  void AwaitAddresses();

  std::string log_path_;
  std::string address_;
  std::string metrics_address_;
  std::shared_ptr<grpc::Channel> channel_;
  pid_t pid_ = -1;
};

// Pids of the fovea-trainer processes whose attempt file is beneath `data_dir`.
std::vector<pid_t> TrainersOf(const std::string& data_dir);
void KillTrainersOf(const std::string& data_dir);

// The body of an HTTP GET, empty on failure.
std::string HttpGet(const std::string& address, const std::string& path);

}  // namespace fovea
