#include "server/app/server.h"

#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/cores.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "server/app/data_dir.h"
#include "server/app/job_wiring.h"
#include "server/app/listeners.h"
#include "server/app/model_wiring.h"
#include "server/app/server_status.h"
#include "server/convert/training_spec.h"
#include "server/metrics/process_collector.h"
#include "server/model/inference_model.h"
#include "server/model/threads.h"
#include "server/oip/inference_service.h"
#include "server/rpc/classification_service.h"
#include "server/rpc/dataset_service.h"
#include "server/rpc/evaluation_service.h"
#include "server/rpc/model_service.h"
#include "server/rpc/server_service.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/trainer_service.h"
#include "server/rpc/training_service.h"

namespace fovea {
namespace {

constexpr int kRpcThreads = 8;   // Short calls: they wait for the store's fsync, not for a core.
constexpr int kBulkThreads = 4;  // Uploads, imports, exports.
constexpr int kTrainerThreads = 2;
constexpr int kLoadThreads = 2;  // Loads come one after the other; names that do not exist pass by.
constexpr int kLargestPage = 1000;
// Of the shutdown's time, what is left to the listeners once the trainers are drained.
constexpr double kListenerShare = 0.2;

absl::StatusOr<std::string> FindTrainer(const ServerOptions& options) {
  std::error_code error;
  std::string path = options.trainer_binary;
  if (path.empty()) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    path = (self.parent_path() / "fovea-trainer").string();
  }
  path = std::filesystem::absolute(path, error).string();
  if (access(path.c_str(), X_OK) == 0) return path;
  return FieldError("trainer-binary", absl::StrCat(path, " is not a program that can be run; say "
                                                         "where fovea-trainer is"));
}

absl::StatusOr<std::string> ServingDevice(const std::string& wanted,
                                          const std::vector<std::string>& devices) {
  if (wanted == "auto") return devices.size() > 1 ? devices[1] : devices[0];
  if (std::find(devices.begin(), devices.end(), wanted) != devices.end()) return wanted;
  return FieldError("device", absl::StrCat(wanted, " is not on this machine"));
}

// Devices for jobs, the one that "auto" means first.
std::vector<std::string> JobDevices(std::vector<std::string> devices) {
  std::stable_partition(devices.begin(), devices.end(),
                        [](const std::string& device) { return device != "cpu"; });
  return devices;
}

DecodeLimits LimitsOf(const ServerOptions& options) {
  DecodeLimits limits;
  limits.max_bytes = options.max_image_bytes;
  limits.max_pixels = options.max_image_pixels;
  return limits;
}

}  // namespace

// In the order of construction; destroyed in reverse.
struct Server::Parts {
  explicit Parts(const ServerOptions& o, DataDir dir) : options(o), data_dir(std::move(dir)) {}
  ~Parts();

  const ServerOptions options;
  const DataDir data_dir;
  Metrics metrics;
  ServingStatistics statistics{&metrics};
  std::vector<std::string> devices;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<DatasetCatalogue> datasets;
  std::unique_ptr<EvaluationStore> evaluations;
  std::unique_ptr<AnswerRecorder> answers;
  std::unique_ptr<ServedModels> models;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<JobManager> jobs;

  Executor executor{"rpc", kRpcThreads};
  Executor bulk{"bulk", kBulkThreads};
  Executor trainer_executor{"trainer", kTrainerThreads};
  Executor loads{"load", kLoadThreads};
  StreamRegistry streams;  // Of the public services.
  StreamRegistry trainers;
  StatusSources status;

  std::unique_ptr<ClassificationServiceImpl> classification;
  std::unique_ptr<InferenceServiceImpl> inference;
  std::unique_ptr<DatasetServiceImpl> dataset_service;
  std::unique_ptr<EvaluationServiceImpl> evaluation_service;
  std::unique_ptr<ModelServiceImpl> model_service;
  std::unique_ptr<TrainingServiceImpl> training;
  std::unique_ptr<ServerServiceImpl> server_service;
  std::unique_ptr<TrainerServiceImpl> trainer_service;

  GrpcListener trainer_listener;
  GrpcListener public_listener;
  std::shared_ptr<ProcessCollector> process;
  MetricsListener metrics_listener;

  absl::Status OpenState();
  absl::Status StartServing();
  absl::Status OpenJobs();
  void MakeInferenceService();
  absl::Status MakeServices();
  absl::Status Listen();
  bool DatasetInUse(const std::string& dataset_name) const;
};

absl::Status Server::Parts::OpenState() {
  FOVEA_ASSIGN_OR_RETURN(registry, Registry::Open(data_dir.Sub("models")));
  CatalogueOptions catalogue;
  catalogue.data_dir = data_dir.path();
  catalogue.dataset_root = options.dataset_root;
  catalogue.hash_threads = AvailableCores();
  catalogue.max_file_bytes = options.max_image_bytes;
  FOVEA_ASSIGN_OR_RETURN(datasets, DatasetCatalogue::Open(catalogue));
  FOVEA_ASSIGN_OR_RETURN(evaluations, EvaluationStore::Open(data_dir.Sub("evaluations")));
  AnswerOptions answer_options;
  answer_options.path = data_dir.Sub("answers.db");
  answer_options.days = options.answers_days;
  answer_options.most = options.answers_rows;
  FOVEA_ASSIGN_OR_RETURN(answers, AnswerRecorder::Open(answer_options,
                                                       TestPredictionsFrom(registry.get()),
                                                       &metrics));
  return absl::OkStatus();
}

absl::Status Server::Parts::StartServing() {
  const int cores = options.cores > 0 ? options.cores : AvailableCores();
  SetTorchThreads(options.inference_threads > 0 ? std::min(options.inference_threads, cores)
                                                : cores);
  devices = ListDevices();
  ServedModelsOptions served;
  FOVEA_ASSIGN_OR_RETURN(served.device, ServingDevice(options.device, devices));
  served.default_model = options.default_model;
  served.max_loaded = options.max_loaded_models;
  FOVEA_ASSIGN_OR_RETURN(served.precision, ParsePrecisionChoice(options.precision));
  models = std::make_unique<ServedModels>(registry.get(), &metrics, served);
  models->WarmUp();
  EngineOptions engine_options;
  engine_options.max_queue = options.max_queue;
  engine_options.max_batch = options.max_batch;
  engine_options.max_queue_delay = absl::Milliseconds(options.max_queue_delay_ms);
  engine_options.cores = cores;
  engine_options.decode_threads = options.decode_threads;
  engine_options.inference_threads = options.inference_threads;
  engine_options.on_device = served.device != "cpu";
  engine_options.limits = LimitsOf(options);
  engine_options.quality_gate = {options.quality_gate == "on", options.quality};
  engine = std::make_unique<Engine>(models.get(), &metrics, engine_options, &statistics);
  return absl::OkStatus();
}

absl::Status Server::Parts::OpenJobs() {
  JobOptions job_options;
  job_options.store_path = data_dir.Sub("fovea.db");
  job_options.jobs_dir = data_dir.Sub("jobs");
  FOVEA_ASSIGN_OR_RETURN(job_options.trainer_program, FindTrainer(options));
  job_options.devices = JobDevices(devices);
  FOVEA_ASSIGN_OR_RETURN(const std::string address, data_dir.TrainerAddress());
  job_options.attempt.set_server(address);
  job_options.attempt.set_cache_dir(data_dir.Sub("cache"));
  job_options.attempt.set_cache_limit_bytes(options.cache_limit_bytes);
  job_options.attempt.set_max_image_bytes(options.max_image_bytes);
  job_options.attempt.set_max_image_pixels(options.max_image_pixels);
  job_options.resolve = [this](const v1::TrainingSpec& spec, internal::v1::AttemptSpec* attempt) {
    return ResolveAttempt(*datasets, *registry, spec, attempt);
  };
  job_options.publish = [this](const v1::Job& job, const std::string& staged_dir) {
    return PublishJob(evaluations.get(), registry.get(), models.get(), job, staged_dir);
  };
  FOVEA_ASSIGN_OR_RETURN(jobs, JobManager::Open(job_options, &metrics));
  return absl::OkStatus();
}

bool Server::Parts::DatasetInUse(const std::string& dataset_name) const {
  int64_t before = 0;
  do {
    const absl::StatusOr<JobPage> page =
        jobs->List(before, kLargestPage,
                   {v1::JOB_STATE_QUEUED, v1::JOB_STATE_RUNNING, v1::JOB_STATE_CANCELLING});
    if (!page.ok()) return true;  // Nothing is deleted on a guess.
    for (const v1::Job& job : page->jobs) {
      if (job.spec().dataset() == dataset_name) return true;
    }
    before = page->next;
  } while (before > 0);
  return false;
}

void Server::Parts::MakeInferenceService() {
  InferenceServiceOptions inference_options;
  inference_options.limits.max_batch = options.max_batch;
  inference_options.limits.max_queue_delay = absl::Milliseconds(options.max_queue_delay_ms);
  inference_options.limits.max_queue = options.max_queue;
  inference_options.model_control = options.model_control == "on";
  inference_options.server_version = FOVEA_VERSION;
  inference = std::make_unique<InferenceServiceImpl>(
      RpcEnv{&executor, &metrics}, &loads, inference_options, registry.get(), models.get(),
      engine.get(), answers.get(), &statistics);
}

absl::Status Server::Parts::MakeServices() {
  const RpcEnv env{&executor, &metrics};
  classification = std::make_unique<ClassificationServiceImpl>(env, engine.get(), answers.get(),
                                                               &streams, ClassifyStreamLimits());
  MakeInferenceService();
  dataset_service = std::make_unique<DatasetServiceImpl>(
      env, &bulk, datasets.get(), [this](const std::string& name) { return DatasetInUse(name); });
  evaluation_service = std::make_unique<EvaluationServiceImpl>(
      env, &bulk,
      [this](const v1::EvaluationSpec& spec) {
        return PlanEvaluationJob(*datasets, *registry, spec);
      },
      jobs.get(), evaluations.get());
  FOVEA_ASSIGN_OR_RETURN(ModelFiles files, MakeModelFiles(models.get(), data_dir.Sub("tmp")));
  model_service =
      std::make_unique<ModelServiceImpl>(env, &bulk, registry.get(), std::move(files),
                                         answers.get(), evaluations.get());
  TrainingServiceOptions training_options;
  training_options.resolve_spec = [](v1::TrainingSpec* spec) {
    if (!spec->has_threads()) spec->set_threads(AvailableCores());
    return ResolveTrainingSpec(spec);
  };
  training_options.check_references = [this](v1::TrainingSpec* spec) {
    return CheckReferences(*datasets, *registry, spec);
  };
  training =
      std::make_unique<TrainingServiceImpl>(env, training_options, jobs.get(), &streams);
  status.jobs = jobs.get();
  status.models = models.get();
  status.engine = engine.get();
  status.start_time = absl::Now();
  status.devices = devices;
  status.dataset_root = !options.dataset_root.empty();
  server_service = std::make_unique<ServerServiceImpl>(
      env, [this](v1::ServerStatus* answer) { status.Fill(answer); });
  trainer_service =
      std::make_unique<TrainerServiceImpl>(jobs.get(), &trainer_executor, &trainers);
  return absl::OkStatus();
}

absl::Status Server::Parts::Listen() {
  FOVEA_ASSIGN_OR_RETURN(const std::string trainer_address, data_dir.TrainerAddress());
  FOVEA_ASSIGN_OR_RETURN(trainer_listener,
                         ListenTrainers(trainer_address, trainer_service.get()));
  if (!options.metrics_listen.empty()) {
    FOVEA_ASSIGN_OR_RETURN(metrics_listener, ListenMetrics(options.metrics_listen));
    process = std::make_shared<ProcessCollector>();
    metrics_listener.exposer->RegisterCollectable(metrics.registry());
    metrics_listener.exposer->RegisterCollectable(process);
    status.metrics_address = metrics_listener.address;
  }
  FOVEA_ASSIGN_OR_RETURN(
      public_listener,
      ListenPublic(options, {classification.get(), dataset_service.get(), evaluation_service.get(),
                             model_service.get(), training.get(), server_service.get(),
                             inference.get()}));
  // Last: a job must not begin for a server that could not start.
  jobs->Start();
  return absl::OkStatus();
}

// Also after a start that failed half way: by itself a gRPC server waits for its streams for ever,
// and a trainer from before may have dialled already.
Server::Parts::~Parts() {
  for (const GrpcListener* listener : {&public_listener, &trainer_listener}) {
    if (listener->server) listener->server->Shutdown(std::chrono::system_clock::now());
  }
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  FOVEA_ASSIGN_OR_RETURN(DataDir data_dir, DataDir::Open(options.data_dir));
  auto parts = std::make_unique<Parts>(options, std::move(data_dir));
  FOVEA_RETURN_IF_ERROR(parts->OpenState());
  FOVEA_RETURN_IF_ERROR(parts->StartServing());
  FOVEA_RETURN_IF_ERROR(parts->OpenJobs());
  FOVEA_RETURN_IF_ERROR(parts->MakeServices());
  FOVEA_RETURN_IF_ERROR(parts->Listen());
  Log(LogLevel::kInfo, "ready",
      {{"version", FOVEA_VERSION},
       {"listen", parts->public_listener.address},
       {"metrics", parts->metrics_listener.address},
       {"data_dir", parts->data_dir.path()}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::Shutdown() {
  Parts& parts = *parts_;
  const absl::Duration limit = absl::Seconds(parts.options.shutdown_seconds);
  const absl::Time deadline = absl::Now() + limit;
  parts.public_listener.server->GetHealthCheckService()->SetServingStatus(false);
  parts.inference->StopServing();
  parts.streams.CloseAll();
  parts.jobs->Shutdown(limit * (1 - kListenerShare));
  parts.engine->Stop();
  parts.trainers.CloseAll();
  parts.trainer_listener.server->Shutdown(absl::ToChronoTime(deadline));
  parts.public_listener.server->Shutdown(absl::ToChronoTime(deadline));
  parts.executor.Shutdown();
  parts.bulk.Shutdown();
  parts.trainer_executor.Shutdown();
  parts.loads.Shutdown();
}

Server::~Server() = default;

const std::string& Server::address() const { return parts_->public_listener.address; }
const std::string& Server::metrics_address() const { return parts_->metrics_listener.address; }

}  // namespace fovea
