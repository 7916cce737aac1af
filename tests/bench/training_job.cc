#include "tests/bench/training_job.h"

#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "server/model/threads.h"
#include "server/training/memory.h"
#include "tests/bench/check.h"
#include "tests/bench/python_side.h"

namespace fovea {
namespace {

// Adds up what epochs took.
class CostSink : public EventSink {
 public:
  void Emit(TrainingEvent event) override {
    absl::MutexLock lock(&mutex_);
    if (std::holds_alternative<TrainingStarted>(event)) {
      cost_.cache_seconds = absl::ToDoubleSeconds(MonotonicNow() - start_);
    }
    const auto* epoch = std::get_if<EpochFinished>(&event);
    if (epoch == nullptr) return;
    cost_.train_seconds += epoch->train_seconds;
    cost_.test_seconds += epoch->test_seconds;
  }
  bool Flush(absl::Duration) override { return true; }

  JobCost Finish() {
    absl::MutexLock lock(&mutex_);
    cost_.seconds = absl::ToDoubleSeconds(MonotonicNow() - start_);
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    cost_.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
    return cost_;
  }

 private:
  const absl::Duration start_ = MonotonicNow();
  absl::Mutex mutex_;
  JobCost cost_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void RunJobHere(const std::string& photographs_dir, const std::string& dir,
                const JobShape& shape) {
  KeepFreedMemory();
  SetTorchThreads(shape.threads);
  BenchPhotographs photographs = {.dir = photographs_dir};
  photographs.items = Check(ReadIndex(JoinPath(photographs_dir, "items.jsonl")));
  Attempt attempt = MakeBenchAttempt(photographs, dir, shape.architecture, shape.epochs,
                                     shape.head_epochs, shape.threads);
  if (shape.mixed) attempt.options.recipe.precision = TrainingPrecision::kMixed;
  std::printf("0\n");
  std::fflush(stdout);
  if (std::getchar() == EOF) return;
  CostSink sink;
  const Outcome outcome = RunAttempt(attempt, StopSignal(), &sink);
  if (outcome.kind != Outcome::Kind::kSucceeded) Check(absl::InternalError(outcome.error));
  const JobCost cost = sink.Finish();
  std::printf("%f\n%f\n%f\n%f\n%f\n", cost.seconds, cost.cache_seconds, cost.train_seconds,
              cost.test_seconds, cost.peak_mib);
  std::fflush(stdout);
}

JobCost RunOurJob(const BenchPhotographs& photographs, const std::string& dir,
                  const JobShape& shape) {
  Check(RemoveAll(dir));
  Check(MakeDirs(dir));
  PythonSide side({"/proc/self/exe", "--job", photographs.dir, "--job-dir", dir,
                   "--job-architecture", std::string(ArchitectureName(shape.architecture)), "--threads",
                   absl::StrCat(shape.threads), "--epochs", absl::StrCat(shape.epochs),
                   "--head-epochs", absl::StrCat(shape.head_epochs), "--job-mixed",
                   shape.mixed ? "true" : "false"});
  const std::vector<double> numbers = side.Ask("", 5);
  return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
}

JobCost RunLabJob(const BenchPhotographs& photographs, const std::string& dir,
                  const JobShape& shape, const std::string& layout, int workers) {
  std::vector<std::string> command = LabLoop();
  command.insert(command.end(), {"job", std::string(ArchitectureName(shape.architecture)),
                                 MakeWeights(dir, shape.architecture), photographs.python_list(),
                                 absl::StrCat(shape.threads), "16"});
  PythonSide side(command);
  const std::vector<double> numbers =
      side.Ask(absl::StrCat(shape.epochs, " ", shape.head_epochs, " ", layout, " ", workers), 4);
  return {numbers[0], 0, numbers[1], numbers[2], numbers[3]};
}

}  // namespace fovea
