// Micro-benchmarks of the service around the network: the queue that makes batches, and the durable
// writes of the job store.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/file.h"
#include "server/jobs/store.h"
#include "server/serving/work_queue.h"
#include "tests/bench/check.h"

namespace fovea {
namespace {

// Argument: how many photographs go through the queue together.
void BM_WorkQueue(benchmark::State& state) {
  Metrics metrics;
  WorkQueue queue({}, &metrics);
  const int64_t count = state.range(0);
  for (auto _ : state) {
    for (int64_t i = 0; i < count; ++i) {
      auto item = std::make_unique<WorkItem>();
      Check(queue.Add(&item));
    }
    for (int64_t i = 0; i < count; ++i) queue.MoveToReady(queue.NextToDecode());
    for (int64_t taken = 0; taken < count;) {
      const WorkQueue::Batch batch = queue.NextBatch(/*wide=*/true);
      taken += batch.size;
      queue.Release(batch);
    }
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(BM_WorkQueue)->Arg(1)->Arg(64);

class Store {
 public:
  Store() : dir_(Check(MakeTempDir("fovea-bench"))) {
    store_ = Check(JobStore::Open(JoinPath(dir_, "fovea.db"), "cpu"));
  }
  ~Store() {
    store_.reset();
    Check(RemoveAll(dir_));
  }
  JobStore* operator->() { return store_.get(); }

 private:
  const std::string dir_;
  std::unique_ptr<JobStore> store_;
};

void BM_StoreCreate(benchmark::State& state) {
  Store store;
  for (auto _ : state) benchmark::DoNotOptimize(Check(store->Create(v1::Job())));
}
BENCHMARK(BM_StoreCreate)->Unit(benchmark::kMicrosecond)->UseRealTime();

// One event of a job, as each report of a trainer is stored before it is acknowledged.
void BM_StoreEvent(benchmark::State& state) {
  Store store;
  const std::string name = Check(store->Create(v1::Job())).first.name();
  const std::string id = name.substr(name.find('/') + 1);
  const auto add = [](JobRow*, std::vector<v1::JobEvent>* events) {
    events->emplace_back().mutable_warning();
    return absl::OkStatus();
  };
  for (auto _ : state) benchmark::DoNotOptimize(Check(store->Mutate(id, add)));
}
BENCHMARK(BM_StoreEvent)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace fovea
