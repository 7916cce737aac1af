#include "server/metrics/metrics.h"

#include <gmock/gmock.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cmath>

#include "server/metrics/process_collector.h"

namespace fovea {
namespace {

using testing::AllOf;
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

LiveVersionMetrics OfVersionThree(int num_classes) {
  LiveVersionMetrics live;
  live.model = "dr";
  live.version = 3;
  live.num_classes = num_classes;
  return live;
}

TEST(MetricsTest, LiveFiguresOfAVersionAreReplaced) {
  Metrics metrics;
  LiveVersionMetrics live = OfVersionThree(2);
  live.answered = {70, 30};
  live.ungradable = 4;
  live.feedback = 2;
  live.accuracy = 0.5;
  live.kappa = std::nan("");
  live.population_stability_index = 0.125;
  live.confusion = {1, 0, 1, 0};
  metrics.LiveVersion(live);
  EXPECT_THAT(Text(metrics),
              AllOf(HasSubstr("fovea_live_answers{grade=\"1\",model=\"dr\",version=\"3\"} 30"),
                    HasSubstr("fovea_live_ungradable{model=\"dr\",version=\"3\"} 4"),
                    HasSubstr("fovea_live_confusion{answered=\"0\",model=\"dr\",true=\"1\","
                              "version=\"3\"} 1"),
                    HasSubstr("fovea_live_population_stability_index{model=\"dr\",version=\"3\"} "
                              "0.125"),
                    Not(HasSubstr("fovea_live_kappa{"))));
  live.kappa = 0.25;
  live.population_stability_index = std::nan("");
  metrics.LiveVersion(live);
  EXPECT_THAT(Text(metrics), AllOf(HasSubstr("fovea_live_kappa{model=\"dr\",version=\"3\"} 0.25"),
                                   Not(HasSubstr("fovea_live_population_stability_index{"))));
  metrics.LiveVersion(OfVersionThree(0));  // None are kept any more.
  EXPECT_THAT(Text(metrics), Not(HasSubstr("fovea_live_")));
}

TEST(MetricsTest, ManyClassesHaveNoConfusionSeries) {
  Metrics metrics;
  LiveVersionMetrics live = OfVersionThree(13);
  live.answered.assign(13, 1);
  live.confusion.assign(13 * 13, 1);
  metrics.LiveVersion(live);
  EXPECT_THAT(Text(metrics), AllOf(HasSubstr("fovea_live_answers{"),
                                   Not(HasSubstr("fovea_live_confusion{"))));
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
