#include "server/metrics/process_collector.h"

#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace fovea {
namespace {

prometheus::MetricFamily OneValue(const char* name, const char* help, prometheus::MetricType type,
                                  double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {name, help, type, {metric}};
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double EntriesOf(const char* dir) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(dir, error);
  return error ? 0 : static_cast<double>(std::distance(begin(entries), end(entries)));
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessCollector::Collect() const {
  using prometheus::MetricType;
  return {
      OneValue("process_resident_memory_bytes", "Resident memory.", MetricType::Gauge,
               ResidentBytes()),
      OneValue("process_cpu_seconds_total", "User and system CPU time spent.", MetricType::Counter,
               CpuSeconds()),
      OneValue("process_open_fds", "Open file descriptors.", MetricType::Gauge,
               EntriesOf("/proc/self/fd")),
      OneValue("process_threads", "Threads.", MetricType::Gauge, EntriesOf("/proc/self/task")),
  };
}

}  // namespace fovea
