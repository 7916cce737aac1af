#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "server/metrics/process_collector.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Text(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

TEST(MetricsTest, CountsRpcsByMethodAndCode) {
  Metrics metrics;
  metrics.RpcDone("TrainingService/GetJob", 0, 0.002);
  metrics.RpcDone("TrainingService/GetJob", 5, 0.002);
  metrics.RpcDone("TrainingService/GetJob", 5, 0.002);
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("code=\"OK\",method=\"TrainingService/GetJob\"} 1"));
  EXPECT_THAT(text, HasSubstr("code=\"NOT_FOUND\",method=\"TrainingService/GetJob\"} 2"));
  EXPECT_THAT(text, HasSubstr("fovea_rpc_duration_seconds_count"));
}

TEST(MetricsTest, ARunningJobsGaugesGoWithIt) {
  Metrics metrics;
  metrics.RunningJob({.epoch = 3, .phase = 2, .test_accuracy = 0.75, .test_kappa = 0.5});
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_accuracy{part=\"test\"} 0.75"));
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_running 1"));
  metrics.NoRunningJob();
  EXPECT_THAT(Text(metrics), Not(HasSubstr("fovea_job_accuracy{")));
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_running 0"));
}

TEST(MetricsTest, AValidationPartHasGaugesWhileThereIsOne) {
  Metrics metrics;
  metrics.RunningJob({.epoch = 1, .validation = ValidationMetrics{1.5, 0.625, 0.25}});
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_loss{part=\"validation\"} 1.5"));
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_accuracy{part=\"validation\"} 0.625"));
  EXPECT_THAT(Text(metrics), HasSubstr("fovea_job_validation_kappa 0.25"));
  metrics.RunningJob({.epoch = 1});
  EXPECT_THAT(Text(metrics), Not(HasSubstr("validation\"")));
  EXPECT_THAT(Text(metrics), Not(HasSubstr("fovea_job_validation_kappa 0")));
}

TEST(MetricsTest, CountsByVersionKeepTheirFamiliesApart) {
  Metrics metrics;
  metrics.Classified("dr", 1, 0);
  metrics.QualityAssessed("dr", 1, "ungradable");
  metrics.QualityFinding("dr", 1, "blurred");
  metrics.QualityFinding("dr", 1, "blurred");
  metrics.QualityFinding("dr", 2, "blurred");
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("fovea_classified_images_total{grade=\"0\",model=\"dr\","
                              "version=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("fovea_quality_assessed_images_total{model=\"dr\","
                              "outcome=\"ungradable\",version=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("fovea_quality_findings_total{model=\"dr\",reason=\"blurred\","
                              "version=\"1\"} 2"));
  EXPECT_THAT(text, HasSubstr("fovea_quality_findings_total{model=\"dr\",reason=\"blurred\","
                              "version=\"2\"} 1"));
}

TEST(MetricsTest, ServedVersionsAreReplaced) {
  Metrics metrics;
  metrics.ServedVersions({{"dr", 1, 0.7, 0.4}});
  metrics.ServedVersions({{"dr", 2, 0.8, 0.5}});
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("fovea_model_test_accuracy{model=\"dr\",version=\"2\"} 0.8"));
  EXPECT_THAT(text, Not(HasSubstr("version=\"1\"")));
}

TEST(MetricsTest, SeriesDoNotGrowWithJobs) {
  Metrics metrics;
  const auto series = [&] {
    size_t count = 0;
    for (const auto& family : metrics.registry()->Collect()) count += family.metric.size();
    return count;
  };
  metrics.RunningJob({.epoch = 1});
  metrics.JobsByState({{"running", 1}});
  const size_t before = series();
  for (int i = 0; i < 1000; ++i) {
    metrics.RunningJob({.epoch = i});
    metrics.JobsByState({{"running", i}});
  }
  EXPECT_EQ(series(), before);
}

TEST(MetricsTest, UnknownStagesAreIgnored) {
  Metrics metrics;
  metrics.ClassifyStage("no such stage", 1);
  EXPECT_THAT(Text(metrics), Not(HasSubstr("no such stage")));
}

TEST(ProcessCollectorTest, TellsOfThisProcess) {
  const std::string text = prometheus::TextSerializer().Serialize(ProcessCollector().Collect());
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes"));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("process_open_fds 0\n")));
}

}  // namespace
}  // namespace fovea
