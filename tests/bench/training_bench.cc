// Training against the reference lab's loop in Python on the same photographs: steps of both
// phases, whole jobs from a camera's originals, and peak memory.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "server/model/threads.h"
#include "server/training/memory.h"
#include "server/training/mixed_precision.h"
#include "tests/bench/check.h"
#include "tests/bench/median.h"
#include "tests/bench/python_side.h"
#include "tests/bench/training_data.h"
#include "tests/bench/training_job.h"
#include "tests/bench/training_steps.h"

namespace fovea {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string photographs, json;
  std::vector<std::string> parts = {"steps", "job", "memory"};
  std::vector<std::string> architectures = {"resnet18", "resnet50"};
  int threads = 2, batch = 16;
  int rounds = 3, steps = 5, warm_up = 2;
  int originals = 40, epochs = 20, head_epochs = 5;

  bool Has(const std::string& part) const {
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  }
};

// One side of a comparison of steps.
struct Side {
  std::string name;
  std::function<std::vector<double>(int)> run;  // Milliseconds of so many steps.
  std::vector<double> ms = {};                  // An image.
};

// Runs all sides in turn, so that whatever else the machine does meets them all.
void RunRounds(const Options& options, std::vector<Side>* sides) {
  for (int round = 0; round < options.rounds; ++round) {
    for (Side& side : *sides) {
      const std::vector<double> steps = side.run(options.steps);
      for (size_t i = static_cast<size_t>(options.warm_up); i < steps.size(); ++i) {
        side.ms.push_back(steps[i] / options.batch);
      }
    }
  }
}

std::string Command(int phase, const std::string& layout, int workers, int steps) {
  return absl::StrCat(phase, " ", layout, " ", workers, " ", steps);
}

// The number of the DataLoader's workers with the least time, where loading weighs most.
int BestWorkers(PythonSide* python, const std::string& layout, int batch) {
  int best = 0;
  double least = 0;
  for (const int workers : {0, 1, 2}) {
    std::vector<double> steps = python->Ask(Command(1, layout, workers, 9), 9);
    const double median = Median({steps.begin() + 3, steps.end()});
    std::printf("  Python, %s, %d workers: %.1f ms an image\n", layout.c_str(), workers,
                median / batch);
    if (workers == 0 || median < least) {
      least = median;
      best = workers;
    }
  }
  std::fflush(stdout);
  return best;
}

struct Workers {
  int nchw = 0, channels_last = 0;
};

std::vector<Side> PhaseSides(const Photographs& photographs, const Attempt& attempt, int phase,
                             PythonSide* python, const Workers& workers) {
  std::vector<Side> sides;
  const Phase ours = phase == 1 ? Phase::kHead : Phase::kFull;
  const auto add = [&](const char* name, bool mixed, bool frozen) {
    const auto steps = std::make_shared<OurSteps>(photographs, attempt, ours, mixed, frozen);
    sides.push_back({name, [steps](int count) { return steps->Run(count); }});
  };
  const bool mixed = HasFastMixedPrecision(torch::kCPU);
  add("fovea fp32", false, false);
  if (phase == 1) add("fovea fp32, frozen statistics", false, true);
  if (mixed) add("fovea mixed", true, false);
  if (mixed && phase == 1) add("fovea mixed, frozen statistics", true, true);
  const auto lab = [&](const char* layout, int count) {
    sides.push_back({absl::StrCat("python ", layout), [=](int steps) {
                       return python->Ask(Command(phase, layout, count, steps), steps);
                     }});
  };
  lab("nchw", workers.nchw);
  lab("channels_last", workers.channels_last);
  return sides;
}

Json Report(const std::string& architecture, int phase, const std::vector<Side>& sides) {
  const auto python = [&](const char* layout) {
    const auto found = std::find_if(sides.begin(), sides.end(), [&](const Side& side) {
      return side.name == absl::StrCat("python ", layout);
    });
    return Median(found->ms);
  };
  const double nchw = python("nchw"), channels_last = python("channels_last");
  Json rows = Json::array();
  for (const Side& side : sides) {
    const double ms = Median(side.ms);
    const double least = *std::min_element(side.ms.begin(), side.ms.end());
    std::printf("%s phase %d  %-32s %7.1f ms an image (least %.1f)  %.2f x nchw, %.2f x "
                "channels_last\n",
                architecture.c_str(), phase, side.name.c_str(), ms, least, nchw / ms,
                channels_last / ms);
    rows.push_back({{"architecture", architecture},
                    {"phase", phase},
                    {"side", side.name},
                    {"ms_per_image", ms},
                    {"least_ms_per_image", least},
                    {"steps", side.ms.size()},
                    {"speedup_over_python_nchw", nchw / ms},
                    {"speedup_over_python_channels_last", channels_last / ms}});
  }
  std::fflush(stdout);
  return rows;
}

Json MeasureSteps(const Options& options, const BenchPhotographs& set, const std::string& dir) {
  Json all = Json::array();
  Workers workers;
  for (const std::string& name : options.architectures) {
    const Architecture architecture = Check(ParseArchitecture(name));
    Attempt attempt = MakeBenchAttempt(set, dir, architecture, 1, 0, options.threads);
    attempt.options.recipe.batch_size = options.batch;
    at::set_num_threads(1);  // While photographs are decoded, as in a job.
    class Silent : public EventSink {
      void Emit(TrainingEvent) override {}
      bool Flush(absl::Duration) override { return true; }
    } sink;
    const Photographs photographs = Check(OpenPhotographs(attempt, StopSignal(), &sink));
    at::set_num_threads(options.threads);
    std::vector<std::string> command = LabLoop();
    command.insert(command.end(),
                   {"steps", name, MakeWeights(dir, architecture), set.python_list(),
                    absl::StrCat(options.threads), absl::StrCat(options.batch)});
    PythonSide python(command);
    if (all.empty()) {
      workers = {BestWorkers(&python, "nchw", options.batch),
                 BestWorkers(&python, "channels_last", options.batch)};
    }
    for (const int phase : {1, 2}) {
      std::vector<Side> sides = PhaseSides(photographs, attempt, phase, &python, workers);
      RunRounds(options, &sides);
      for (Json& row : Report(name, phase, sides)) all.push_back(std::move(row));
    }
  }
  return all;
}

Json ToJson(const JobCost& cost) {
  return {{"seconds", cost.seconds},
          {"cache_seconds", cost.cache_seconds},
          {"train_seconds", cost.train_seconds},
          {"test_seconds", cost.test_seconds},
          {"peak_mib", cost.peak_mib}};
}

void Print(const std::string& name, const JobCost& cost, int photographs, int epochs) {
  const double an_epoch = 1000 / (static_cast<double>(photographs) * epochs);
  std::printf("  %-22s %6.1f s: photographs once %.1f s (%.1f ms each), then %.1f ms a photograph "
              "and epoch; peak %.0f MiB\n",
              name.c_str(), cost.seconds, cost.cache_seconds,
              1000 * cost.cache_seconds / photographs,
              (cost.train_seconds + cost.test_seconds) * an_epoch, cost.peak_mib);
  std::fflush(stdout);
}

// What grows with the number of photographs, for as many epochs: files that a job writes, a fixed
// cost, weigh nothing in a job of thousands.
double Growing(const JobCost& cost) {
  return cost.cache_seconds + cost.train_seconds + cost.test_seconds;
}

Json MeasureJob(const Options& options, const BenchPhotographs& small, const std::string& dir) {
  const BenchPhotographs originals =
      MakeOriginals(JoinPath(dir, "originals"), small, options.originals);
  int64_t bytes = 0;
  for (const DatasetItem& item : originals.items) bytes += item.size;
  std::printf("ResNet18 job: %d photographs of 3888 x 2592 (%.2f MB each), %d epochs, %d of the "
              "head\n", options.originals, static_cast<double>(bytes) / options.originals / 1e6,
              options.epochs, options.head_epochs);
  JobShape shape = {.epochs = options.epochs, .head_epochs = options.head_epochs,
                    .threads = options.threads};
  const JobCost ours = RunOurJob(originals, JoinPath(dir, "job"), shape);
  Print("fovea fp32", ours, options.originals, options.epochs);
  Json result = {{"photographs", options.originals}, {"epochs", options.epochs},
                 {"fovea_fp32", ToJson(ours)}};
  if (HasFastMixedPrecision(torch::kCPU)) {
    shape.mixed = true;
    const JobCost mixed = RunOurJob(originals, JoinPath(dir, "job"), shape);
    Print("fovea mixed", mixed, options.originals, options.epochs);
    result["fovea_mixed"] = ToJson(mixed);
  }
  JobCost best;
  for (const int workers : {0, 2}) {
    const JobCost lab = RunLabJob(originals, dir, shape, "nchw", workers);
    Print(absl::StrCat("python nchw, ", workers, " workers"), lab, options.originals,
          options.epochs);
    result[absl::StrCat("python_nchw_workers_", workers)] = ToJson(lab);
    if (workers == 0 || lab.seconds < best.seconds) best = lab;
  }
  const double measured = best.seconds / ours.seconds;
  const double large = Growing(best) / Growing(ours);
  std::printf("  python / fovea fp32: %.2f as measured, %.2f without what does not grow with the "
              "photographs\n", measured, large);
  result["speedup"] = measured;
  result["speedup_without_fixed_cost"] = large;
  return result;
}

Json MeasureMemory(const Options& options, const BenchPhotographs& small, const std::string& dir) {
  std::printf("ResNet50 job, batch %d, an epoch of each phase, peak memory\n", options.batch);
  JobShape shape = {.architecture = Architecture::kResNet50, .epochs = 2, .head_epochs = 1,
                    .threads = options.threads};
  const int photographs = static_cast<int>(small.items.size());
  const JobCost ours = RunOurJob(small, JoinPath(dir, "job"), shape);
  Print("fovea fp32", ours, photographs, 2);
  const JobCost nchw = RunLabJob(small, dir, shape, "nchw", 0);
  Print("python nchw", nchw, photographs, 2);
  const JobCost channels_last = RunLabJob(small, dir, shape, "channels_last", 0);
  Print("python channels_last", channels_last, photographs, 2);
  std::printf("  fovea / python: %.2f of nchw, %.2f of channels_last\n",
              ours.peak_mib / nchw.peak_mib, ours.peak_mib / channels_last.peak_mib);
  return {{"fovea_mib", ours.peak_mib},
          {"python_nchw_mib", nchw.peak_mib},
          {"python_channels_last_mib", channels_last.peak_mib},
          {"ratio_to_nchw", ours.peak_mib / nchw.peak_mib}};
}

void Run(const Options& options, const std::string& dir) {
  KeepFreedMemory();
  SetTorchThreads(options.threads);
  const BenchPhotographs small =
      MakePhotographs(JoinPath(dir, "photographs"), options.photographs, 80);
  std::printf("threads %d, batch %d, medians of %d steps a side in %d interleaved rounds\n",
              options.threads, options.batch, options.rounds * (options.steps - options.warm_up),
              options.rounds);
  Json json;
  if (options.Has("steps")) json["steps"] = MeasureSteps(options, small, dir);
  if (options.Has("job")) json["job"] = MeasureJob(options, small, dir);
  if (options.Has("memory")) json["memory"] = MeasureMemory(options, small, dir);
  if (options.json.empty()) return;
  Check(WriteFileAtomic(options.json, json.dump(2) + "\n"));
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  fovea::Options o;
  std::string job, job_dir, job_architecture = "resnet18";
  bool job_mixed = false;
  CLI::App app(
      "Training against the lab's loop in Python. Goals: phase 1 2.3 x nchw, phase 2 1.45 x nchw "
      "and 1.05 x channels_last, a job of 20 epochs from originals 2.7 x, peak memory up to 1.1 x.");
  app.add_option("--photographs", o.photographs, "Folder of JPEGs; without it they are painted");
  app.add_option("--json", o.json, "Write the figures to this file too");
  app.add_option("--parts", o.parts, "steps, job, memory")->delimiter(',');
  app.add_option("--architectures", o.architectures, "Of the steps")->delimiter(',');
  app.add_option("--threads", o.threads, "Of each side")->check(CLI::Range(1, 64));
  app.add_option("--rounds", o.rounds)->check(CLI::Range(1, 1000));
  app.add_option("--steps", o.steps, "A round and side, the first 2 not counted")
      ->check(CLI::Range(3, 1000));
  app.add_option("--originals", o.originals, "Photographs of the job")
      ->check(CLI::Range(10, 10000));
  app.add_option("--epochs", o.epochs, "Of the job")->check(CLI::Range(1, 1000));
  app.add_option("--head-epochs", o.head_epochs, "Of those, phase 1")->check(CLI::Range(0, 1000));
  app.add_option("--job", job)->group("");  // For the program itself, as its own child.
  app.add_option("--job-dir", job_dir)->group("");
  app.add_option("--job-architecture", job_architecture)->group("");
  app.add_option("--job-mixed", job_mixed)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!job.empty()) {
    fovea::RunJobHere(job, job_dir,
                      {.architecture = fovea::Check(fovea::ParseArchitecture(job_architecture)),
                       .epochs = o.epochs, .head_epochs = o.head_epochs, .threads = o.threads,
                       .mixed = job_mixed});
    return 0;
  }
  const std::string dir = fovea::Check(fovea::MakeTempDir("fovea-bench"));
  fovea::Run(o, dir);
  fovea::Check(fovea::RemoveAll(dir));
  return 0;
}
