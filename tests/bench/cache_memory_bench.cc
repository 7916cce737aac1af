// Peak memory of building a preprocessing cache: it must not grow with the number of photographs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "server/training/cache.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "cache_memory_bench: %s\n", std::string(status.message()).c_str());
  std::exit(1);
}

// The same picture under many names, each with another number behind its last marker, so that no
// two have the same content.
std::vector<DatasetItem> WriteFiles(const std::string& dir, int count) {
  Phantom phantom;
  phantom.width = 340;
  const std::string jpeg = EncodeJpeg(PaintPhantom(phantom));
  std::vector<DatasetItem> items;
  for (int i = 0; i < count; ++i) {
    const std::string bytes = absl::StrCat(jpeg, i);
    DatasetItem item;
    item.path = absl::StrCat(i, ".jpg");
    item.sha256 = Sha256Hex(bytes);
    item.size = static_cast<int64_t>(bytes.size());
    std::FILE* file = std::fopen(JoinPath(dir, item.path).c_str(), "w");
    if (file == nullptr) Check(absl::InternalError("cannot write the photographs"));
    Check(WriteAll(fileno(file), bytes, item.path));
    std::fclose(file);
    items.push_back(item);
  }
  return items;
}

// A line of /proc/self/status: VmRSS, resident now, or VmHWM, its peak since ForgetPeak.
double StatusMiB(const std::string& name) {
  std::ifstream file("/proc/self/status");
  std::string word;
  double kib = 0;
  while (file >> word) {
    if (word == name + ":" && file >> kib) return kib / 1024;
  }
  Check(absl::InternalError("cannot read /proc/self/status"));
  return 0;
}

// What came before the building must not hide its peak.
void ForgetPeak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  if (!file) Check(absl::InternalError("cannot write /proc/self/clear_refs"));
}

void Run(int count, int threads, const std::string& dir) {
  const std::vector<DatasetItem> items = WriteFiles(dir, count);
  CacheOptions options;
  options.dir = JoinPath(dir, "cache");
  options.dataset_fingerprint = DatasetFingerprint(items);
  options.files = {dir, false};
  options.threads = threads;
  ForgetPeak();
  const double before = StatusMiB("VmRSS");
  // Twice: the second time every record is read and verified.
  double built = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const auto cache = ImageCache::Open(options, items, StopSignal(), [](const CacheProgress&) {});
    Check(cache.status());
    if (!(*cache)->bad().empty()) Check(absl::InternalError("photographs were refused"));
    if (pass == 0) built = StatusMiB("VmHWM");
  }
  uintmax_t cache_bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options.dir)) {
    if (entry.is_regular_file()) cache_bytes += entry.file_size();
  }
  std::printf("photographs %d, threads %d, cache %.0f MiB\n", count, threads,
              static_cast<double>(cache_bytes) / (1 << 20));
  std::printf("resident_before_mib %.1f\npeak_built_mib %.1f\npeak_verified_mib %.1f\n", before,
              built, StatusMiB("VmHWM"));
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  int count = 2000, threads = 2;
  CLI::App app("Builds a cache of synthetic photographs and prints this process's peak memory.");
  app.add_option("count", count, "Photographs")->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", threads, "That decode")->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  const auto dir = fovea::MakeTempDir("fovea-bench");
  fovea::Check(dir.status());
  fovea::Run(count, threads, *dir);
  fovea::Check(fovea::RemoveAll(*dir));
  return 0;
}
