#include "server/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace fovea {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

const Histogram::BucketBoundaries& LatencyBuckets() {
  static const Histogram::BucketBoundaries buckets = {.0005, .001, .0025, .005, .01, .025, .05,
                                                      .1,    .25,  .5,    1,    2.5, 5,    10};
  return buckets;
}

const Histogram::BucketBoundaries& BatchBuckets() {
  static const Histogram::BucketBoundaries buckets = {1, 2, 4, 8, 16, 32, 64};
  return buckets;
}

std::string CodeName(int code) {
  static const char* const kNames[] = {
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
  return code >= 0 && code <= 16 ? kNames[code] : "UNKNOWN";
}

Family<Counter>& AddCounter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& AddGauge(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& AddHistogram(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  std::shared_ptr<Registry> registry = std::make_shared<Registry>();

  Family<Counter>& rpcs = AddCounter(*registry, "fovea_rpc_requests_total",
                                     "Rpcs that ended, by method and status code.");
  Family<Histogram>& rpc_seconds = AddHistogram(*registry, "fovea_rpc_duration_seconds",
                                                "Time from an rpc's arrival to its end.");

  Family<Histogram>& stages =
      AddHistogram(*registry, "fovea_classify_stage_duration_seconds",
                   "Time of one photograph in a stage of classification.");
  Family<Histogram>& batches = AddHistogram(*registry, "fovea_classify_batch_size",
                                            "Photographs in a batch of inference.");
  Family<Gauge>& queue = AddGauge(*registry, "fovea_classify_queue_depth",
                                  "Photographs that wait for classification.");
  Family<Counter>& classified = AddCounter(*registry, "fovea_classified_images_total",
                                           "Photographs classified, by model version and grade.");
  Family<Counter>& assessments =
      AddCounter(*registry, "fovea_quality_assessed_images_total",
                 "Photographs that the quality gate looked at, by model version and outcome.");
  Family<Counter>& findings =
      AddCounter(*registry, "fovea_quality_findings_total",
                 "Reasons to refuse a photograph, by model version; one may have several.");

  Family<Counter>& inference_success =
      AddCounter(*registry, "nv_inference_request_success", "Inference requests that succeeded.");
  Family<Counter>& inference_failure =
      AddCounter(*registry, "nv_inference_request_failure",
                 "Inference requests that failed, by why.");
  Family<Counter>& inference_count =
      AddCounter(*registry, "nv_inference_count", "Inputs that were inferred.");
  Family<Counter>& inference_exec_count =
      AddCounter(*registry, "nv_inference_exec_count", "Batches that they were inferred in.");
  Family<Gauge>& inference_pending = AddGauge(*registry, "nv_inference_pending_request_count",
                                              "Inputs that wait for inference.");
  Family<Counter>& inference_request_us =
      AddCounter(*registry, "nv_inference_request_duration_us",
                 "Time of inference requests that succeeded, from arrival to answer, summed.");
  Family<Counter>& inference_queue_us = AddCounter(
      *registry, "nv_inference_queue_duration_us", "Of it, waiting.");
  Family<Counter>& inference_input_us =
      AddCounter(*registry, "nv_inference_compute_input_duration_us",
                 "Of it, decoding and preprocessing.");
  Family<Counter>& inference_infer_us = AddCounter(
      *registry, "nv_inference_compute_infer_duration_us", "Of it, the network.");
  Family<Counter>& inference_output_us = AddCounter(
      *registry, "nv_inference_compute_output_duration_us", "Of it, making the answer.");
  Family<Histogram>& inference_seconds =
      AddHistogram(*registry, "fovea_inference_request_duration_seconds",
                   "Time of inference requests that succeeded, from arrival to answer.");

  Family<Gauge>& jobs = AddGauge(*registry, "fovea_jobs", "Jobs, by state.");
  Family<Gauge>& job_running = AddGauge(*registry, "fovea_job_running",
                                        "1 while a job runs, 0 otherwise.");
  Family<Gauge>& job_epoch = AddGauge(*registry, "fovea_job_epoch",
                                      "Last finished epoch of the running job.");
  Family<Gauge>& job_phase = AddGauge(*registry, "fovea_job_phase",
                                      "Phase of the running job: 1 head, 2 full.");
  Family<Gauge>& job_rate = AddGauge(*registry, "fovea_job_learning_rate",
                                     "Learning rate of the running job.");
  Family<Gauge>& job_loss = AddGauge(*registry, "fovea_job_loss",
                                     "Loss of the running job's last epoch, by part.");
  Family<Gauge>& job_accuracy = AddGauge(*registry, "fovea_job_accuracy",
                                         "Accuracy (0..1) of the running job's last epoch, by part.");
  Family<Gauge>& job_kappa =
      AddGauge(*registry, "fovea_job_test_kappa",
               "Quadratic weighted kappa on the test part of the running job's last epoch.");
  Family<Gauge>& job_validation_kappa =
      AddGauge(*registry, "fovea_job_validation_kappa",
               "Quadratic weighted kappa on the validation part of the running job's last epoch.");
  Family<Gauge>& job_speed = AddGauge(*registry, "fovea_job_images_per_second",
                                      "Training throughput of the running job.");

  Family<Gauge>& served_accuracy =
      AddGauge(*registry, "fovea_model_test_accuracy",
               "Test accuracy (0..1) of a served version at the epoch that was kept.");
  Family<Gauge>& served_kappa =
      AddGauge(*registry, "fovea_model_test_kappa",
               "Quadratic weighted kappa of a served version at the epoch that was kept.");

  Family<Gauge>& live_answers = AddGauge(*registry, "fovea_live_answers",
                                         "Kept answers of a version, by grade.");
  Family<Gauge>& live_ungradable =
      AddGauge(*registry, "fovea_live_ungradable",
               "Kept answers of a version that the quality gate gave no grade.");
  Family<Gauge>& live_feedback = AddGauge(*registry, "fovea_live_feedback",
                                          "Kept answers of a version whose true grade is known.");
  Family<Gauge>& live_accuracy = AddGauge(*registry, "fovea_live_accuracy",
                                          "Share (0..1) of the answers with feedback that are right.");
  Family<Gauge>& live_kappa =
      AddGauge(*registry, "fovea_live_kappa",
               "Quadratic weighted kappa of the answers with feedback, -1..1.");
  Family<Gauge>& live_confusion = AddGauge(*registry, "fovea_live_confusion",
                                           "Answers with feedback, by true and answered grade.");
  Family<Gauge>& live_stability =
      AddGauge(*registry, "fovea_live_population_stability_index",
               "Drift of the answered grades from those on the test part; above 0.25 is much.");
  Family<Counter>& answers_dropped = AddCounter(*registry, "fovea_answers_dropped_total",
                                                "Answers that were given and not recorded, by why.");

  struct InferenceChildren {
    Counter *success, *count, *batches, *request_us, *queue_us, *input_us, *infer_us, *output_us;
    Gauge* pending;
    Histogram* seconds;
  };

  // Children that every request touches are resolved once.
  std::map<std::string, Histogram*> stage_children;
  Histogram* batch_child;
  Gauge* queue_child;
  Gauge* running_child;

  absl::Mutex mutex;
  std::map<std::pair<std::string, int>, Counter*> rpc_children ABSL_GUARDED_BY(mutex);
  std::map<std::string, Histogram*> rpc_seconds_children ABSL_GUARDED_BY(mutex);
  // By family, model, version and the label that is its own.
  std::map<std::tuple<Family<Counter>*, std::string, int32_t, std::string>, Counter*>
      version_children ABSL_GUARDED_BY(mutex);
  // By model and version.
  std::map<std::pair<std::string, int32_t>, InferenceChildren> inference_children
      ABSL_GUARDED_BY(mutex);
  std::vector<std::pair<Gauge*, Gauge*>> served ABSL_GUARDED_BY(mutex);
  using Children = std::vector<std::pair<Family<Gauge>*, Gauge*>>;
  Children job_children ABSL_GUARDED_BY(mutex);
  std::map<std::pair<std::string, int32_t>, Children> live_children ABSL_GUARDED_BY(mutex);

  Families() {
    for (const char* stage :
         {"decode", "preprocess", "quality", "queue", "inference", "explain", "total"}) {
      stage_children[stage] = &stages.Add({{"stage", stage}}, LatencyBuckets());
    }
    batch_child = &batches.Add({}, BatchBuckets());
    queue_child = &queue.Add({});
    running_child = &job_running.Add({});
    AddGauge(*registry, "fovea_build_info", "Always 1; the label says what was built.")
        .Add({{"version", FOVEA_VERSION}})
        .Set(1);
    AddGauge(*registry, "process_start_time_seconds", "When the process started, Unix time.")
        .Add({})
        .Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  }

  // One more in a family with the labels model, version and `label`.
  void CountForVersion(Family<Counter>& family, const std::string& model, int32_t version,
                       const std::string& label, const std::string& value) {
    absl::MutexLock lock(&mutex);
    Counter*& counter = version_children[{&family, model, version, value}];
    if (counter == nullptr) {
      counter = &family.Add(
          {{"model", model}, {"version", absl::StrCat(version)}, {label, value}});
    }
    counter->Increment();
  }
  InferenceChildren& ChildrenOf(const std::string& model, int32_t version)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void SetJobGauge(Family<Gauge>& family, const prometheus::Labels& labels, double value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Gauge& gauge = family.Add(labels);
    gauge.Set(value);
    job_children.emplace_back(&family, &gauge);
  }
  void RemoveJobGauges() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { RemoveAll(&job_children); }

  static void RemoveAll(Children* children) {
    for (const auto& [family, gauge] : *children) family->Remove(gauge);
    children->clear();
  }
  // NaN: no child.
  static void AddChild(Family<Gauge>& family, const prometheus::Labels& labels, double value,
                       Children* children) {
    if (std::isnan(value)) return;
    Gauge& gauge = family.Add(labels);
    gauge.Set(value);
    children->emplace_back(&family, &gauge);
  }
  void AddLive(const LiveVersionMetrics& live, Children* children);
};

Metrics::Families::InferenceChildren& Metrics::Families::ChildrenOf(const std::string& model,
                                                                    int32_t version) {
  const auto [child, added] = inference_children.try_emplace({model, version});
  if (!added) return child->second;
  const prometheus::Labels labels = {{"model", model}, {"version", absl::StrCat(version)}};
  // Failures are there from the start, so that rates of them can be taken.
  for (const char* reason : {"REJECTED", "CANCELED", "BACKEND", "OTHER"}) {
    prometheus::Labels with_reason = labels;
    with_reason["reason"] = reason;
    inference_failure.Add(with_reason);
  }
  child->second = {&inference_success.Add(labels),    &inference_count.Add(labels),
                   &inference_exec_count.Add(labels), &inference_request_us.Add(labels),
                   &inference_queue_us.Add(labels),   &inference_input_us.Add(labels),
                   &inference_infer_us.Add(labels),   &inference_output_us.Add(labels),
                   &inference_pending.Add(labels),
                   &inference_seconds.Add(labels, LatencyBuckets())};
  return child->second;
}

void Metrics::Families::AddLive(const LiveVersionMetrics& live, Children* children) {
  const prometheus::Labels version = {{"model", live.model},
                                      {"version", absl::StrCat(live.version)}};
  const auto with = [&](prometheus::Labels labels) {
    labels.insert(version.begin(), version.end());
    return labels;
  };
  for (size_t grade = 0; grade < live.answered.size(); ++grade) {
    AddChild(live_answers, with({{"grade", absl::StrCat(grade)}}),
             static_cast<double>(live.answered[grade]), children);
  }
  AddChild(live_ungradable, version, static_cast<double>(live.ungradable), children);
  AddChild(live_feedback, version, static_cast<double>(live.feedback), children);
  AddChild(live_accuracy, version, live.accuracy, children);
  AddChild(live_kappa, version, live.kappa, children);
  AddChild(live_stability, version, live.population_stability_index, children);
  if (live.num_classes > kMostConfusedClasses) return;
  for (size_t cell = 0; cell < live.confusion.size(); ++cell) {
    AddChild(live_confusion,
             with({{"true", absl::StrCat(cell / live.num_classes)},
                   {"answered", absl::StrCat(cell % live.num_classes)}}),
             static_cast<double>(live.confusion[cell]), children);
  }
}

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::RpcDone(absl::string_view method, int code, double seconds) {
  Families& f = *families_;
  const std::string name(method);
  absl::MutexLock lock(&f.mutex);
  Counter*& counter = f.rpc_children[{name, code}];
  if (counter == nullptr) counter = &f.rpcs.Add({{"method", name}, {"code", CodeName(code)}});
  counter->Increment();
  Histogram*& histogram = f.rpc_seconds_children[name];
  if (histogram == nullptr) histogram = &f.rpc_seconds.Add({{"method", name}}, LatencyBuckets());
  histogram->Observe(seconds);
}

void Metrics::ClassifyStage(absl::string_view stage, double seconds) {
  const auto child = families_->stage_children.find(std::string(stage));
  if (child != families_->stage_children.end()) child->second->Observe(seconds);
}

void Metrics::BatchDone(int size) { families_->batch_child->Observe(size); }

void Metrics::QueueDepth(int64_t depth) {
  families_->queue_child->Set(static_cast<double>(depth));
}

void Metrics::Classified(const std::string& model, int32_t version, int32_t grade) {
  families_->CountForVersion(families_->classified, model, version, "grade", absl::StrCat(grade));
}

void Metrics::QualityAssessed(const std::string& model, int32_t version,
                              const std::string& outcome) {
  families_->CountForVersion(families_->assessments, model, version, "outcome", outcome);
}

void Metrics::QualityFinding(const std::string& model, int32_t version,
                             const std::string& reason) {
  families_->CountForVersion(families_->findings, model, version, "reason", reason);
}

void Metrics::InferenceDone(const std::string& model, int32_t version,
                            const InferenceSeconds& seconds) {
  constexpr double kMicroseconds = 1e6;
  absl::MutexLock lock(&families_->mutex);
  const Families::InferenceChildren& children = families_->ChildrenOf(model, version);
  children.success->Increment();
  children.request_us->Increment(seconds.total * kMicroseconds);
  children.queue_us->Increment(seconds.queue * kMicroseconds);
  children.input_us->Increment(seconds.compute_input * kMicroseconds);
  children.infer_us->Increment(seconds.compute_infer * kMicroseconds);
  children.output_us->Increment(seconds.compute_output * kMicroseconds);
  children.seconds->Observe(seconds.total);
}

void Metrics::InferenceFailed(const std::string& model, int32_t version,
                              const std::string& reason) {
  {
    absl::MutexLock lock(&families_->mutex);
    families_->ChildrenOf(model, version);
  }
  families_->CountForVersion(families_->inference_failure, model, version, "reason", reason);
}

void Metrics::InferenceBatch(const std::string& model, int32_t version, int inputs) {
  absl::MutexLock lock(&families_->mutex);
  const Families::InferenceChildren& children = families_->ChildrenOf(model, version);
  children.count->Increment(inputs);
  children.batches->Increment();
}

void Metrics::InferencePending(const std::string& model, int32_t version, int change) {
  absl::MutexLock lock(&families_->mutex);
  families_->ChildrenOf(model, version).pending->Increment(change);
}

void Metrics::JobsByState(const std::vector<JobStateCount>& counts) {
  for (const JobStateCount& entry : counts) {
    families_->jobs.Add({{"state", entry.state}}).Set(static_cast<double>(entry.count));
  }
}

void Metrics::RunningJob(const RunningJobMetrics& job) {
  Families& f = *families_;
  absl::MutexLock lock(&f.mutex);
  f.RemoveJobGauges();
  f.running_child->Set(1);
  f.SetJobGauge(f.job_epoch, {}, job.epoch);
  f.SetJobGauge(f.job_phase, {}, job.phase);
  f.SetJobGauge(f.job_rate, {}, job.learning_rate);
  f.SetJobGauge(f.job_loss, {{"part", "train"}}, job.train_loss);
  f.SetJobGauge(f.job_loss, {{"part", "test"}}, job.test_loss);
  f.SetJobGauge(f.job_accuracy, {{"part", "train"}}, job.train_accuracy);
  f.SetJobGauge(f.job_accuracy, {{"part", "test"}}, job.test_accuracy);
  f.SetJobGauge(f.job_kappa, {}, job.test_kappa);
  if (job.validation.has_value()) {
    f.SetJobGauge(f.job_loss, {{"part", "validation"}}, job.validation->loss);
    f.SetJobGauge(f.job_accuracy, {{"part", "validation"}}, job.validation->accuracy);
    f.SetJobGauge(f.job_validation_kappa, {}, job.validation->kappa);
  }
  f.SetJobGauge(f.job_speed, {}, job.images_per_second);
}

void Metrics::NoRunningJob() {
  absl::MutexLock lock(&families_->mutex);
  families_->RemoveJobGauges();
  families_->running_child->Set(0);
}

void Metrics::ServedVersions(const std::vector<ServedVersionMetrics>& versions) {
  Families& f = *families_;
  absl::MutexLock lock(&f.mutex);
  for (const auto& [accuracy, kappa] : f.served) {
    f.served_accuracy.Remove(accuracy);
    f.served_kappa.Remove(kappa);
  }
  f.served.clear();
  for (const ServedVersionMetrics& entry : versions) {
    const prometheus::Labels labels = {{"model", entry.model},
                                       {"version", absl::StrCat(entry.version)}};
    Gauge& accuracy = f.served_accuracy.Add(labels);
    Gauge& kappa = f.served_kappa.Add(labels);
    accuracy.Set(entry.test_accuracy);
    kappa.Set(entry.test_kappa);
    f.served.emplace_back(&accuracy, &kappa);
  }
}

void Metrics::LiveVersion(const LiveVersionMetrics& live) {
  Families& f = *families_;
  absl::MutexLock lock(&f.mutex);
  Families::Children& shown = f.live_children[{live.model, live.version}];
  Families::Children children;
  if (live.num_classes > 0) f.AddLive(live, &children);
  // Those that stay are never away, not even for the moment of a scrape.
  std::erase_if(shown, [&](const auto& child) {
    return std::find(children.begin(), children.end(), child) != children.end();
  });
  Families::RemoveAll(&shown);
  shown = std::move(children);
}

void Metrics::AnswersDropped(const char* reason, int64_t count) {
  families_->answers_dropped.Add({{"reason", reason}}).Increment(static_cast<double>(count));
}

std::shared_ptr<prometheus::Registry> Metrics::registry() const { return families_->registry; }

}  // namespace fovea
