#include "client/classify/classifier.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/classify/inputs.h"
#include "common/base/names.h"
#include "common/base/thread.h"

namespace fovea::client {
namespace {

// One stream: a thread reads files and writes requests, the caller's reads answers.
class Classifier {
 public:
  Classifier(Connection* connection, const ClassifyOptions& options,
             const std::vector<std::string>& inputs,
             const std::function<void(size_t, ClassifyOutcome&)>& done)
      : options_(options),
        inputs_(inputs),
        ids_(RequestIds(options.request_id, inputs.size())),
        done_(done) {
    for (size_t i = 0; i < ids_.size(); ++i) index_of_[ids_[i]] = i;
    connection->PrepareTransfer(&context_);
    stream_ = connection->classification()->ClassifyStream(&context_);
  }

  absl::Status Run() {
    Thread writer("classify-send", [this] { WriteAll(); });
    ClassifyOutcome outcome;
    while (stream_->Read(&outcome)) {
      const auto found = index_of_.find(outcome.request_id());
      if (found == index_of_.end()) continue;
      Arrived(found->second, outcome);
      Deliver();
    }
    {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
    }
    writer.Join();
    Deliver();
    const absl::Status status = FromGrpcStatus(stream_->Finish());
    if (status.ok() && next_ < inputs_.size()) {
      return absl::UnavailableError("the server ended the stream before all answers had come");
    }
    return status;
  }

 private:
  void WriteAll() {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      absl::StatusOr<std::string> image = ReadInput(inputs_[i]);
      if (!image.ok()) {
        ClassifyOutcome outcome;
        outcome.set_request_id(ids_[i]);
        outcome.mutable_error()->set_code(static_cast<int>(image.status().code()));
        outcome.mutable_error()->set_message(std::string(image.status().message()));
        absl::MutexLock lock(&mutex_);
        outcomes_.emplace(i, std::move(outcome));
        continue;
      }
      if (!WaitForRoom()) return;
      v1::ClassifyRequest request;
      request.set_model(options_.model);
      request.set_explain(options_.explain);
      request.set_grade_anyway(options_.grade_anyway);
      request.set_image(*std::move(image));
      request.set_request_id(ids_[i]);
      if (!stream_->Write(request)) return;
    }
    stream_->WritesDone();
  }

  // Takes a place among those in flight; false when the stream has ended.
  bool WaitForRoom() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Classifier::HasRoomOrEnded));
    ++in_flight_;
    return !ended_;
  }
  bool HasRoomOrEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ended_ || in_flight_ < options_.in_flight;
  }

  void Arrived(size_t index, const ClassifyOutcome& outcome) {
    absl::MutexLock lock(&mutex_);
    --in_flight_;
    outcomes_.emplace(index, outcome);
  }

  // Hands on what is next in order.
  void Deliver() {
    while (true) {
      std::map<size_t, ClassifyOutcome>::node_type node;
      {
        absl::MutexLock lock(&mutex_);
        node = outcomes_.extract(next_);
      }
      if (node.empty()) return;
      done_(next_, node.mapped());
      ++next_;
    }
  }

  const ClassifyOptions options_;
  const std::vector<std::string>& inputs_;
  const std::vector<std::string> ids_;  // Of the inputs.
  std::map<std::string, size_t> index_of_;
  const std::function<void(size_t, ClassifyOutcome&)>& done_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriterInterface<v1::ClassifyRequest, v1::ClassifyStreamResponse>>
      stream_;
  size_t next_ = 0;

  absl::Mutex mutex_;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<size_t, ClassifyOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::vector<std::string> RequestIds(std::string wanted, size_t count) {
  if (wanted.empty()) wanted = MakeSecret();
  if (count == 1) return {wanted};
  std::vector<std::string> ids;
  for (size_t i = 1; i <= count; ++i) ids.push_back(absl::StrCat(wanted, "-", i));
  return ids;
}

absl::Status ClassifyAll(Connection* connection, const ClassifyOptions& options,
                         const std::vector<std::string>& inputs,
                         const std::function<void(size_t, ClassifyOutcome&)>& done) {
  return Classifier(connection, options, inputs, done).Run();
}

}  // namespace fovea::client
