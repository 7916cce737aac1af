// Throughput and latency of a server that classifies, at rising concurrency: fovead, or another that
// speaks one of the two methods. Prints one JSON object a line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/file.h"
#include "fovea/v1/classification_service.pb.h"
#include "inference/grpc_service.pb.h"
#include "tests/bench/check.h"
#include "tests/bench/load.h"

namespace fovea {
namespace {

struct Options {
  std::string target = "127.0.0.1:8500";
  std::string model;
  std::vector<std::string> photographs;
  int tensor_side = 0;
  std::vector<int> concurrency = {1, 4, 16};
  double seconds = 5, warm_up = 1, pause_ms = 500;
  int rss_pid = 0;
};

// Of every photograph a Classify, all graded whatever the quality gate finds.
LoadOptions ClassifyLoad(const Options& options) {
  LoadOptions load;
  load.method = "/fovea.v1.ClassificationService/Classify";
  for (const std::string& path : options.photographs) {
    v1::ClassifyRequest request;
    request.set_model(options.model);
    request.set_image(Check(ReadFile(path)));
    request.set_grade_anyway(true);
    load.requests.push_back(request.SerializeAsString());
  }
  return load;
}

// A ModelInfer of one preprocessed tensor.
LoadOptions InferLoad(const Options& options) {
  inference::ModelInferRequest request;
  request.set_model_name(options.model);
  auto* input = request.add_inputs();
  input->set_name("image");
  input->set_datatype("FP32");
  for (const int size : {1, 3, options.tensor_side, options.tensor_side}) input->add_shape(size);
  std::vector<float> values(static_cast<size_t>(3) * options.tensor_side * options.tensor_side);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 97) / 97 - 0.5f;
  request.add_raw_input_contents(values.data(), values.size() * sizeof(float));
  LoadOptions load;
  load.method = "/inference.GRPCInferenceService/ModelInfer";
  load.requests.push_back(request.SerializeAsString());
  return load;
}

// Resident memory of a process in MiB; 0 where it cannot be read.
double ResidentMib(int pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

nlohmann::json ToJson(const Options& options, const LoadOptions& load, const LoadResult& result) {
  nlohmann::json json = {{"concurrency", load.concurrency},
                         {"seconds", absl::ToDoubleSeconds(result.elapsed)},
                         {"throughput", result.Throughput()}};
  if (!result.first_error.empty()) json["first_error"] = result.first_error;
  if (options.rss_pid > 0) json["rss_mib"] = ResidentMib(options.rss_pid);
  for (const auto& [code, latencies] : result.by_code) {
    const std::vector<double>& ms = latencies.milliseconds;
    json["codes"][std::to_string(code)] = {{"count", ms.size()},
                                           {"p50_ms", Quantile(ms, 0.5)},
                                           {"p90_ms", Quantile(ms, 0.9)},
                                           {"p99_ms", Quantile(ms, 0.99)},
                                           {"max_ms", Quantile(ms, 1)}};
  }
  return json;
}

void Run(const Options& options) {
  LoadOptions load =
      options.tensor_side > 0 ? InferLoad(options) : ClassifyLoad(options);
  load.warm_up = absl::Seconds(options.warm_up);
  load.duration = absl::Seconds(options.seconds);
  load.pause_after_error = absl::Milliseconds(options.pause_ms);
  for (const int concurrency : options.concurrency) {
    load.concurrency = concurrency;
    const LoadResult result = MakeLoad(options.target, load);
    std::printf("%s\n", ToJson(options, load, result).dump().c_str());
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Throughput and latency of a server that classifies, at rising concurrency");
  fovea::Options options;
  app.add_option("--target", options.target, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--model", options.model, "Model; default: the server's");
  const auto photographs =
      app.add_option("--photographs", options.photographs, "JPEG or PNG files, sent in turn");
  app.add_option("--tensor-side", options.tensor_side,
                 "Send tensors of so many pixels over ModelInfer instead")
      ->excludes(photographs);
  app.add_option("--concurrency", options.concurrency, "Callers, one run each")->delimiter(',');
  app.add_option("--seconds", options.seconds, "Of each run")->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "Seconds before each run")->capture_default_str();
  app.add_option("--pause-ms", options.pause_ms, "Of a caller after an error")
      ->capture_default_str();
  app.add_option("--rss-pid", options.rss_pid, "Also say the resident memory of this process");
  CLI11_PARSE(app, argc, argv);
  if (options.photographs.empty() && options.tensor_side <= 0) {
    std::fprintf(stderr, "error: say --photographs or --tensor-side\n");
    return 2;
  }
  fovea::Run(options);
  return 0;
}
