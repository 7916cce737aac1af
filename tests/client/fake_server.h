// A small fovead for tests of the command line: keeps what it is told, answers from scripts.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/sha256.h"
#include "fovea/v1/classification_service.grpc.pb.h"
#include "fovea/v1/dataset_service.grpc.pb.h"
#include "fovea/v1/model_service.grpc.pb.h"
#include "fovea/v1/server_service.grpc.pb.h"
#include "fovea/v1/training_service.grpc.pb.h"

namespace fovea::client {

// Keeps uploaded files by hash. Can break the first stream after some files. Thread-safe.
class FakeDatasets : public v1::DatasetService::Service {
 public:
  // The first upload ends with UNAVAILABLE after so many files; 0: never.
  void BreakFirstUploadAfter(int files) {
    absl::MutexLock lock(&mutex_);
    break_after_ = files;
  }
  std::map<std::string, int> received() const {
    absl::MutexLock lock(&mutex_);
    return received_;
  }
  int uploads() const {
    absl::MutexLock lock(&mutex_);
    return uploads_;
  }
  void AddFile(const std::string& content) {
    absl::MutexLock lock(&mutex_);
    have_.insert(Sha256Hex(content));
  }

  grpc::Status GetDataset(grpc::ServerContext*, const v1::GetDatasetRequest* request,
                          v1::Dataset* response) override {
    absl::MutexLock lock(&mutex_);
    const auto it = datasets_.find(request->name());
    if (it == datasets_.end()) {
      return {grpc::StatusCode::NOT_FOUND, absl::StrCat("name: no data set ", request->name())};
    }
    *response = it->second;
    return grpc::Status::OK;
  }

  grpc::Status ListDatasets(grpc::ServerContext*, const v1::ListDatasetsRequest*,
                            v1::ListDatasetsResponse* response) override {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, dataset] : datasets_) *response->add_datasets() = dataset;
    return grpc::Status::OK;
  }

  grpc::Status FindMissingFiles(grpc::ServerContext*, const v1::FindMissingFilesRequest* request,
                                v1::FindMissingFilesResponse* response) override {
    absl::MutexLock lock(&mutex_);
    for (const std::string& sha256 : request->sha256()) {
      if (have_.count(sha256) == 0) response->add_missing(sha256);
    }
    return grpc::Status::OK;
  }

  grpc::Status UploadDataset(grpc::ServerContext*,
                             grpc::ServerReader<v1::UploadDatasetRequest>* reader,
                             v1::Dataset* response) override {
    {
      absl::MutexLock lock(&mutex_);
      ++uploads_;
    }
    std::map<std::string, std::string> content;
    std::map<std::string, int64_t> sizes;
    int items = 0;
    v1::UploadDatasetRequest message;
    while (reader->Read(&message)) {
      if (message.has_header()) {
        response->set_name("datasets/" + message.header().dataset_id());
        response->set_split(message.header().split());
      }
      for (const v1::DatasetItem& item : message.items().items()) {
        sizes[item.sha256()] = item.size();
        ++items;
      }
      if (!message.has_chunk()) continue;
      std::string& file = content[message.chunk().sha256()];
      file += message.chunk().data();
      if (static_cast<int64_t>(file.size()) < sizes[message.chunk().sha256()]) continue;
      if (Sha256Hex(file) != message.chunk().sha256()) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "chunk: wrong hash"};
      }
      absl::MutexLock lock(&mutex_);
      have_.insert(message.chunk().sha256());
      ++received_[message.chunk().sha256()];
      if (break_after_ > 0 && uploads_ == 1 && --break_after_ == 0) {
        return {grpc::StatusCode::UNAVAILABLE, "the server stops"};
      }
    }
    absl::MutexLock lock(&mutex_);
    for (const auto& [sha256, size] : sizes) {
      if (have_.count(sha256) == 0) return {grpc::StatusCode::INVALID_ARGUMENT, "file missing"};
    }
    response->add_train_class_counts(items);
    datasets_[response->name()] = *response;
    return grpc::Status::OK;
  }

 private:
  mutable absl::Mutex mutex_;
  std::set<std::string> have_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> received_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::Dataset> datasets_ ABSL_GUARDED_BY(mutex_);
  int uploads_ ABSL_GUARDED_BY(mutex_) = 0;
  int break_after_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One job, "jobs/j-1", whose events the test gives. Thread-safe.
class FakeTraining : public v1::TrainingService::Service {
 public:
  void AddEvent(v1::JobEvent event) {
    absl::MutexLock lock(&mutex_);
    event.set_job("jobs/j-1");
    event.set_sequence(static_cast<int64_t>(events_.size()) + 1);
    events_.push_back(std::move(event));
  }
  // Streams end with UNAVAILABLE once they have sent this event.
  void BreakOnceAfter(int64_t sequence) {
    absl::MutexLock lock(&mutex_);
    break_after_ = sequence;
  }
  std::vector<int64_t> watched_from() const {
    absl::MutexLock lock(&mutex_);
    return watched_from_;
  }
  v1::CreateJobRequest last_create() const {
    absl::MutexLock lock(&mutex_);
    return last_create_;
  }

  grpc::Status CreateJob(grpc::ServerContext*, const v1::CreateJobRequest* request,
                         v1::Job* response) override {
    absl::MutexLock lock(&mutex_);
    last_create_ = *request;
    if (request->spec().dataset() == "datasets/secret") {
      return {grpc::StatusCode::PERMISSION_DENIED, "the token does not allow training"};
    }
    *response = MakeJob(request->spec());
    return grpc::Status::OK;
  }
  grpc::Status GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                      v1::Job* response) override {
    if (request->name() != "jobs/j-1") {
      return {grpc::StatusCode::NOT_FOUND, absl::StrCat("name: no job ", request->name())};
    }
    *response = MakeJob(v1::TrainingSpec());
    return grpc::Status::OK;
  }
  grpc::Status ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override {
    // Two pages.
    *response->add_jobs() = MakeJob(v1::TrainingSpec());
    if (request->page_token().empty()) response->set_next_page_token("second");
    return grpc::Status::OK;
  }
  grpc::Status WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                        grpc::ServerWriter<v1::JobEvent>* writer) override {
    {
      absl::MutexLock lock(&mutex_);
      watched_from_.push_back(request->from_sequence());
    }
    for (size_t i = static_cast<size_t>(std::max<int64_t>(request->from_sequence(), 1)) - 1;; ++i) {
      v1::JobEvent event;
      {
        absl::MutexLock lock(&mutex_);
        while (events_.size() <= i) {
          if (context->IsCancelled()) return grpc::Status::CANCELLED;
          changed_.WaitWithTimeout(&mutex_, absl::Milliseconds(20));
        }
        event = events_[i];
      }
      writer->Write(event);
      if (event.has_finished()) return grpc::Status::OK;
      absl::MutexLock lock(&mutex_);
      if (break_after_ == event.sequence()) {
        break_after_ = 0;
        return {grpc::StatusCode::UNAVAILABLE, "the server stops"};
      }
    }
  }

 private:
  static v1::Job MakeJob(const v1::TrainingSpec& spec) {
    v1::Job job;
    job.set_name("jobs/j-1");
    *job.mutable_spec() = spec;
    job.set_state(v1::JOB_STATE_RUNNING);
    return job;
  }

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::vector<v1::JobEvent> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> watched_from_ ABSL_GUARDED_BY(mutex_);
  v1::CreateJobRequest last_create_ ABSL_GUARDED_BY(mutex_);
  int64_t break_after_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Grades an image by its first byte: '0'..'4'; 'u' is ungradable; anything else is a bad image.
class FakeClassification : public v1::ClassificationService::Service {
 public:
  grpc::Status ClassifyStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::ClassifyStreamResponse, v1::ClassifyRequest>* stream) override {
    v1::ClassifyRequest request;
    while (stream->Read(&request)) stream->Write(Answer(request));
    return grpc::Status::OK;
  }
  // Answers as it was told; keeps the request.
  grpc::Status ClassifyPatient(grpc::ServerContext*, const v1::ClassifyPatientRequest* request,
                               v1::ClassifyPatientResponse* response) override {
    absl::MutexLock lock(&mutex_);
    patient_request_ = *request;
    *response = patient_answer_;
    return grpc::Status::OK;
  }
  void AnswerPatientsWith(const v1::ClassifyPatientResponse& answer) {
    absl::MutexLock lock(&mutex_);
    patient_answer_ = answer;
  }
  v1::ClassifyPatientRequest patient_request() const {
    absl::MutexLock lock(&mutex_);
    return patient_request_;
  }

 private:
  static v1::ClassifyStreamResponse Answer(const v1::ClassifyRequest& request) {
    v1::ClassifyStreamResponse answer;
    answer.set_request_id(request.request_id());
    if (request.image() == "u") return Ungradable(request);
    const int grade = request.image().empty() ? -1 : request.image()[0] - '0';
    if (grade < 0 || grade > 4) {
      answer.mutable_error()->set_code(3);
      answer.mutable_error()->set_message("image: neither JPEG nor PNG");
      return answer;
    }
    v1::ClassifyResponse* response = answer.mutable_response();
    response->set_request_id(request.request_id());
    response->set_grade(grade);
    response->set_grade_name(absl::StrCat("grade-", grade));
    for (int i = 0; i < 5; ++i) response->add_probabilities(i == grade ? 0.8F : 0.05F);
    response->set_referable(grade >= 2);
    response->set_model_version(request.model());
    if (request.explain()) response->set_explanation(absl::StrCat("\211PNG of ", request.image()));
    return answer;
  }
  static v1::ClassifyStreamResponse Ungradable(const v1::ClassifyRequest& request) {
    v1::ClassifyStreamResponse answer;
    answer.set_request_id(request.request_id());
    v1::ClassifyResponse* response = answer.mutable_response();
    response->set_ungradable(!request.grade_anyway());
    response->set_grade(request.grade_anyway() ? 1 : -1);
    v1::QualityFinding* finding = response->mutable_quality()->add_findings();
    finding->set_reason("blurred");
    finding->set_message("Focus again.");
    response->mutable_quality()->add_findings()->set_reason("too_dark");
    return answer;
  }

  mutable absl::Mutex mutex_;
  v1::ClassifyPatientRequest patient_request_ ABSL_GUARDED_BY(mutex_);
  v1::ClassifyPatientResponse patient_answer_ ABSL_GUARDED_BY(mutex_);
};

class FakeServerInfo : public v1::ServerService::Service {
 public:
  grpc::Status GetServerStatus(grpc::ServerContext*, const v1::GetServerStatusRequest*,
                               v1::ServerStatus* response) override {
    response->set_version("9.9.9");
    response->add_devices("cpu");
    return grpc::Status::OK;
  }
};

// Keeps imported bytes and gives them back. Thread-safe.
class FakeModels : public v1::ModelService::Service {
 public:
  grpc::Status ImportModel(grpc::ServerContext*,
                           grpc::ServerReader<v1::ImportModelRequest>* reader,
                           v1::ModelVersion* response) override {
    absl::MutexLock lock(&mutex_);
    weights_.clear();
    v1::ImportModelRequest message;
    while (reader->Read(&message)) {
      if (message.has_header()) {
        response->set_name("models/" + message.header().model_id() + "/versions/1");
      }
      weights_ += message.chunk();
    }
    return grpc::Status::OK;
  }
  grpc::Status ExportModel(grpc::ServerContext*, const v1::ExportModelRequest* request,
                           grpc::ServerWriter<v1::ExportModelResponse>* writer) override {
    absl::MutexLock lock(&mutex_);
    v1::ExportModelResponse message;
    message.mutable_version()->set_name(request->name());
    writer->Write(message);
    message.set_chunk(weights_.substr(0, weights_.size() / 2));
    writer->Write(message);
    if (request->name() == "models/broken") return {grpc::StatusCode::DATA_LOSS, "weights: torn"};
    message.set_chunk(weights_.substr(weights_.size() / 2));
    writer->Write(message);
    return grpc::Status::OK;
  }
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* response) override {
    v1::Model* model = response->add_models();
    model->set_name("models/dr");
    model->set_latest_version(3);
    model->set_version_count(2);
    (*model->mutable_aliases())["production"] = 3;
    return grpc::Status::OK;
  }

 private:
  absl::Mutex mutex_;
  std::string weights_ ABSL_GUARDED_BY(mutex_);
};

// All of them on a free port of the loopback.
class FakeServer {
 public:
  FakeServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (grpc::Service* service : std::vector<grpc::Service*>{
             &datasets, &training, &classification, &info, &models}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
  }
  ~FakeServer() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  FakeDatasets datasets;
  FakeTraining training;
  FakeClassification classification;
  FakeServerInfo info;
  FakeModels models;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace fovea::client
