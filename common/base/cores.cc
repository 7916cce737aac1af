#include "common/base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/numbers.h"

namespace fovea {
namespace {

// Of the control group that a container sees as its root.
constexpr char kCpuMax[] = "/sys/fs/cgroup/cpu.max";

int CoresOfAffinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  // More processors than the set has room for.
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int CoresOfQuota(const std::string& cpu_max) {
  std::istringstream words(cpu_max);
  std::string quota_word;
  int64_t quota = 0, period = 0;
  if (!(words >> quota_word >> period) || period <= 0) return 0;
  if (!absl::SimpleAtoi(quota_word, &quota) || quota <= 0) return 0;
  return static_cast<int>(std::min<int64_t>((quota + period - 1) / period, 1 << 20));
}

int AvailableCores() {
  const int cores = std::max(1, CoresOfAffinity());
  std::ifstream file(kCpuMax);
  std::string line;
  if (!std::getline(file, line)) return cores;
  const int quota = CoresOfQuota(line);
  return quota > 0 ? std::min(cores, quota) : cores;
}

}  // namespace fovea
