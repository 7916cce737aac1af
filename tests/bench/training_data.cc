#include "tests/bench/training_data.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/torch/torch.h"
#include "server/model/resnet.h"
#include "server/model/safetensors_torch.h"
#include "server/model/state_dict.h"
#include "tests/bench/check.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kTestEvery = 5;

std::vector<std::string> JpegsOf(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".jpeg" || extension == ".jpg") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) Check(absl::NotFoundError(absl::StrCat(folder, ": has no JPEG")));
  return paths;
}

std::string Painted(int i) {
  Phantom phantom;
  phantom.patient = i;
  phantom.grade = i % kBenchClasses;
  phantom.width = 340;
  return EncodeJpeg(PaintPhantom(phantom));
}

// Of the files 0.jpeg, 1.jpeg, ...
BenchPhotographs Listed(const std::string& dir, int count) {
  BenchPhotographs photographs = {.dir = dir};
  std::string list;
  for (int i = 0; i < count; ++i) {
    DatasetItem item;
    item.path = absl::StrCat(i, ".jpeg");
    item.label = i / kTestEvery % kBenchClasses;
    item.patient = absl::StrCat(i);
    item.part = i % kTestEvery == 0 ? Part::kTest : Part::kTrain;
    const std::string path = JoinPath(JoinPath(dir, "files"), item.path);
    const std::string bytes = Check(ReadFile(path));
    item.sha256 = Sha256Hex(bytes);
    item.size = static_cast<int64_t>(bytes.size());
    absl::StrAppend(&list, item.part == Part::kTest ? "test " : "train ", path, " ", item.label,
                    "\n");
    photographs.items.push_back(std::move(item));
  }
  Check(WriteIndex(JoinPath(dir, "items.jsonl"), photographs.items));
  Check(WriteFileAtomic(photographs.python_list(), list));
  return photographs;
}

}  // namespace

std::string BenchPhotographs::python_list() const { return JoinPath(dir, "photographs.txt"); }

BenchPhotographs MakePhotographs(const std::string& dir, const std::string& from, int count) {
  const std::string files = JoinPath(dir, "files");
  Check(MakeDirs(files));
  const std::vector<std::string> found =
      from.empty() ? std::vector<std::string>() : JpegsOf(from);
  for (int i = 0; i < count; ++i) {
    const std::string bytes = found.empty() ? Painted(i) : Check(ReadFile(found[i % found.size()]));
    Check(WriteFileAtomic(JoinPath(files, absl::StrCat(i, ".jpeg")), bytes));
  }
  return Listed(dir, count);
}

BenchPhotographs MakeOriginals(const std::string& dir, const BenchPhotographs& small, int count) {
  const std::string files = JoinPath(dir, "files");
  Check(MakeDirs(files));
  std::vector<std::string> words = LabLoop();
  words.insert(words.end(), {"originals", files, absl::StrCat(count)});
  for (const DatasetItem& item : small.items) {
    words.push_back(JoinPath(JoinPath(small.dir, "files"), item.path));
  }
  if (std::system(absl::StrJoin(words, " ").c_str()) != 0) {
    Check(absl::InternalError("lab_loop.py could not enlarge the photographs"));
  }
  return Listed(dir, count);
}

std::string MakeWeights(const std::string& dir, Architecture architecture) {
  ResNet model(architecture, kBenchClasses);
  InitWeights(model, /*seed=*/1);
  const std::string path =
      JoinPath(dir, absl::StrCat(ArchitectureName(architecture), ".safetensors"));
  Check(WriteFileAtomic(path, Check(WriteTensorsToString(StateDict(*model), {}))));
  return path;
}

std::vector<std::string> LabLoop() {
  const std::string root = FOVEA_SOURCE_DIR;
  return {root + "/.venv/bin/python", root + "/tests/bench/lab_loop.py"};
}

Attempt MakeBenchAttempt(const BenchPhotographs& photographs, const std::string& dir,
                         Architecture architecture, int epochs, int head_epochs, int threads) {
  Attempt attempt;
  attempt.job = "jobs/bench";
  attempt.options.dataset = "datasets/bench";
  attempt.options.model_id = "bench";
  attempt.options.architecture = architecture;
  attempt.options.recipe.epochs = epochs;
  attempt.options.recipe.head_epochs = head_epochs;
  attempt.options.seed = 1;
  attempt.options.threads = threads;
  attempt.options.device = "cpu";
  attempt.training_spec_json = "{}";
  attempt.dataset_fingerprint = DatasetFingerprint(photographs.items);
  attempt.class_names = {"0", "1", "2", "3", "4"};
  attempt.index_path = JoinPath(photographs.dir, "items.jsonl");
  attempt.files = {JoinPath(photographs.dir, "files"), false};
  attempt.job_dir = JoinPath(dir, "job");
  attempt.cache_dir = JoinPath(dir, "cache");
  return attempt;
}

}  // namespace fovea
