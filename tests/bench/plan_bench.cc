// Milliseconds of inference an image: the plan in each precision that the processor is made for,
// against eager LibTorch and, with --peers, ONNX Runtime and OpenVINO, all on the same network and
// inputs in one interleaved run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/torch/torch.h"
#include "server/model/plan/compile.h"
#include "server/model/plan/quantisation.h"
#include "server/model/safetensors_torch.h"
#include "server/model/state_dict.h"
#include "server/model/threads.h"
#include "tests/bench/check.h"
#include "tests/bench/median.h"
#include "tests/bench/python_side.h"

namespace fovea {
namespace {

constexpr int kClasses = 5;
constexpr int kCalibrationImages = 16;
constexpr int kImagesARound = 16;
constexpr const char* kPeers[] = {"onnxruntime-float32", "openvino-float32", "openvino-bfloat16",
                                  "openvino-int8"};

struct Options {
  int rounds = 9;
  int threads = 2;
  int64_t crop = 224;
  std::vector<int64_t> batches = {1, 8};
  std::vector<std::string> architectures = {"resnet18", "resnet50"};
  std::vector<std::string> sides = {};  // Empty: all.
  bool peers = false;
  std::string json;
};

// A network and what it is measured with.
struct Case {
  Architecture architecture;
  ResNet network;
  torch::Tensor inputs, calibration;
  torch::Tensor logits;  // Of eager LibTorch.
};

struct Side {
  std::string name;
  std::function<double(int repeats)> milliseconds;  // An image.
  double difference = 0;  // The largest to the eager logits, as a share of their magnitude.
  std::vector<double> rounds = {};
};

Case MakeCase(Architecture architecture, int64_t batch, int64_t crop) {
  const auto images = [&](int64_t count) {
    return torch::randn({count, 3, crop, crop}).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  Case made = {architecture, ResNet(architecture, kClasses), images(batch),
               images(kCalibrationImages), {}};
  {
    const torch::NoGradGuard no_grad;
    InitWeights(made.network, 1);
  }
  made.network->eval();
  const torch::InferenceMode inference_mode;
  made.logits = made.network->forward(made.inputs);
  return made;
}

using Run = std::function<torch::Tensor(const torch::Tensor&)>;

Side OurSide(const char* name, const Case& measured, const Run& run) {
  const torch::Tensor& logits = measured.logits;
  const torch::Tensor off = (run(measured.inputs) - logits).abs().max() / logits.abs().max();
  const auto milliseconds = [run, inputs = measured.inputs](int repeats) {
    const absl::Duration start = MonotonicNow();
    for (int i = 0; i < repeats; ++i) run(inputs);
    return absl::ToDoubleMilliseconds(MonotonicNow() - start) /
           static_cast<double>(repeats * inputs.size(0));
  };
  return {name, milliseconds, off.item<double>()};
}

std::vector<Side> OurSides(const Case& measured) {
  std::vector<Side> sides;
  ResNet network = measured.network;
  sides.push_back(OurSide("eager", measured, [network](const torch::Tensor& x) mutable {
    return network->forward(x);
  }));
  const auto add = [&](const char* name, const PlanOptions& options) {
    std::shared_ptr<const ResNetPlan> plan = Compile(network, torch::kCPU, options);
    sides.push_back(OurSide(name, measured, [plan](const torch::Tensor& x) {
      return plan->Logits(plan->Activations(x));
    }));
  };
  PlanOptions options = {.crop_size = measured.inputs.size(2), .batch = measured.inputs.size(0)};
  add("float32", options);
  if (SupportOf(torch::kCPU).bfloat16) {
    options.precision = Precision::kBfloat16;
    add("bfloat16", options);
  }
  if (SupportOf(torch::kCPU).int8) {
    options.precision = Precision::kInt8;
    options.quantisers = ChooseQuantisers(Fold(network), {measured.calibration});
    add("int8", options);
  }
  return sides;
}

// The process of the peers, which reads the case from a file.
std::unique_ptr<PythonSide> StartPeers(const Case& measured, int threads) {
  const std::string dir = Check(MakeTempDir("fovea-bench"));
  const std::string path = JoinPath(dir, "case.safetensors");
  NamedTensors tensors = StateDict(*measured.network);
  tensors["bench.inputs"] = measured.inputs;
  tensors["bench.calibration"] = measured.calibration;
  tensors["bench.logits"] = measured.logits;
  Check(WriteFileAtomic(path, Check(WriteTensorsToString(tensors, {}))));
  const std::string root = FOVEA_SOURCE_DIR;
  auto peers = std::make_unique<PythonSide>(std::vector<std::string>{
      root + "/build/bench-venv/bin/python", root + "/tests/bench/peers/plan_peers.py", path,
      std::string(ArchitectureName(measured.architecture)), absl::StrCat(threads)});
  Check(RemoveAll(dir));
  return peers;
}

void AddPeers(PythonSide* peers, std::vector<Side>* sides) {
  for (const std::string name : kPeers) {
    const auto milliseconds = [peers, name](int repeats) {
      return peers->Ask(absl::StrCat(name, " ", repeats))[0];
    };
    sides->push_back({name, milliseconds, peers->Ask(name + " difference")[0]});
  }
}

void KeepAsked(const std::vector<std::string>& asked, std::vector<Side>* sides) {
  if (asked.empty()) return;
  std::erase_if(*sides, [&](const Side& side) { return !absl::c_linear_search(asked, side.name); });
}

nlohmann::json Report(const Case& measured, const std::vector<Side>& sides) {
  const std::string architecture(ArchitectureName(measured.architecture));
  const int batch = static_cast<int>(measured.inputs.size(0));
  const double first = Median(sides.at(0).rounds);
  nlohmann::json results;
  for (const Side& side : sides) {
    const double ms = Median(side.rounds);
    std::printf("%s batch %d %-19s %7.2f ms an image, %5.2f x %s, differs by %.1e\n",
                architecture.c_str(), batch, side.name.c_str(), ms, first / ms,
                sides[0].name.c_str(), side.difference);
    results.push_back({{"architecture", architecture}, {"batch", batch}, {"side", side.name},
                       {"ms_per_image", ms}, {"difference", side.difference}});
  }
  std::fflush(stdout);
  return results;
}

nlohmann::json Measure(Architecture architecture, int64_t batch, const Options& options) {
  const Case measured = MakeCase(architecture, batch, options.crop);
  std::unique_ptr<PythonSide> peers;
  if (options.peers) peers = StartPeers(measured, options.threads);
  const torch::InferenceMode inference_mode;
  std::vector<Side> sides = OurSides(measured);
  if (peers != nullptr) AddPeers(peers.get(), &sides);
  KeepAsked(options.sides, &sides);
  const int repeats = std::max(1, kImagesARound / static_cast<int>(batch));
  for (Side& side : sides) side.milliseconds(repeats);
  for (int round = 0; round < options.rounds; ++round) {
    for (Side& side : sides) {
      side.milliseconds(1);  // The threads of the side before are asleep after it.
      side.rounds.push_back(side.milliseconds(repeats));
    }
  }
  return Report(measured, sides);
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Milliseconds of inference an image, by precision");
  fovea::Options options;
  app.add_option("--rounds", options.rounds, "Interleaved rounds");
  app.add_option("--threads", options.threads, "Threads of each side");
  app.add_option("--crop-size", options.crop, "Pixels");
  app.add_option("--batches", options.batches, "Batch sizes")->delimiter(',');
  app.add_option("--architectures", options.architectures, "resnet18, resnet50")->delimiter(',');
  app.add_option("--sides", options.sides, "Only these, for a profile")->delimiter(',');
  app.add_flag("--peers", options.peers,
               "Also ONNX Runtime and OpenVINO (scripts/bench_env.sh installs them)");
  app.add_option("--json", options.json, "Also write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  fovea::SetTorchThreads(options.threads);
  nlohmann::json results = nlohmann::json::array();
  for (const std::string& name : options.architectures) {
    const auto architecture = fovea::Check(fovea::ParseArchitecture(name));
    for (const int64_t batch : options.batches) {
      for (auto& result : fovea::Measure(architecture, batch, options)) results.push_back(result);
    }
  }
  if (!options.json.empty()) {
    fovea::Check(fovea::WriteFileAtomic(options.json, results.dump(1)));
  }
  return 0;
}
