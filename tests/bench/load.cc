#include "tests/bench/load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"

namespace fovea {
namespace {

// A server limits the calls of a connection; what is over it waits in the client.
constexpr int kCallersOfAConnection = 64;

class Load {
 public:
  Load(const std::string& target, const LoadOptions& options)
      : options_(options), callers_(options.concurrency) {
    grpc::ChannelArguments own_connection;
    own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    for (int first = 0; first < options_.concurrency; first += kCallersOfAConnection) {
      stubs_.emplace_back(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                                    own_connection));
    }
    for (const std::string& request : options_.requests) {
      const grpc::Slice slice(request);
      buffers_.emplace_back(&slice, 1);
    }
  }

  LoadResult Run() {
    {
      absl::MutexLock lock(&mutex_);
      running_ = options_.concurrency;
    }
    for (size_t i = 0; i < callers_.size(); ++i) {
      callers_[i].stub = &stubs_[i / kCallersOfAConnection];
      Call(&callers_[i]);
    }
    absl::SleepFor(options_.warm_up);
    const absl::Duration start = MonotonicNow();
    {
      absl::MutexLock lock(&mutex_);
      result_.by_code.clear();
      counting_ = true;
    }
    absl::SleepFor(options_.duration);
    absl::MutexLock lock(&mutex_);
    counting_ = false;
    stopping_ = true;
    result_.elapsed = MonotonicNow() - start;
    mutex_.Await(absl::Condition(this, &Load::NoneRuns));
    return result_;
  }

 private:
  struct Caller {
    grpc::GenericStub* stub = nullptr;
    std::unique_ptr<grpc::ClientContext> context;
    grpc::ByteBuffer request, response;
    absl::Duration start;
    grpc::Alarm alarm;
  };

  void Call(Caller* caller) {
    caller->context = std::make_unique<grpc::ClientContext>();
    caller->request = buffers_[next_++ % buffers_.size()];
    caller->response.Clear();
    caller->start = MonotonicNow();
    caller->stub->UnaryCall(caller->context.get(), options_.method, grpc::StubOptions(), &caller->request,
                    &caller->response,
                    [this, caller](const grpc::Status& status) { Done(caller, status); });
  }

  void Done(Caller* caller, const grpc::Status& status) {
    const double milliseconds = absl::ToDoubleMilliseconds(MonotonicNow() - caller->start);
    {
      absl::MutexLock lock(&mutex_);
      if (counting_) result_.by_code[status.error_code()].milliseconds.push_back(milliseconds);
      if (!status.ok() && result_.first_error.empty()) {
        result_.first_error = status.error_message();
      }
      if (stopping_) {
        --running_;
        return;
      }
    }
    if (status.ok()) return Call(caller);
    caller->alarm.Set(absl::ToChronoTime(absl::Now() + options_.pause_after_error),
                      [this, caller](bool) { Call(caller); });
  }

  bool NoneRuns() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; }

  const LoadOptions options_;
  std::deque<grpc::GenericStub> stubs_;
  std::vector<grpc::ByteBuffer> buffers_;
  std::vector<Caller> callers_;
  std::atomic<size_t> next_{0};

  absl::Mutex mutex_;
  bool counting_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  LoadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

double LoadResult::Throughput() const {
  const auto ok = by_code.find(grpc::StatusCode::OK);
  if (ok == by_code.end()) return 0;
  return static_cast<double>(ok->second.milliseconds.size()) / absl::ToDoubleSeconds(elapsed);
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

LoadResult MakeLoad(const std::string& target, const LoadOptions& options) {
  return Load(target, options).Run();
}

}  // namespace fovea
