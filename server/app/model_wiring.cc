#include "server/app/model_wiring.h"

#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/evaluation/confusion_matrix.h"
#include "server/model/export.h"
#include "server/model/import.h"

namespace fovea {

absl::StatusOr<ModelFiles> MakeModelFiles(ServedModels* models, const std::string& temp_dir) {
  FOVEA_RETURN_IF_ERROR(RemoveAll(temp_dir));
  FOVEA_RETURN_IF_ERROR(MakeDirs(temp_dir));
  ModelFiles files;
  files.import_weights = [](const std::string& path, const ImportParams& params,
                            const std::string& staging_dir) {
    return ImportWeights(path, {params.class_names, params.preprocess}, staging_dir).status();
  };
  files.export_version = [](const VersionInfo& version, const ByteSink& sink) {
    return ExportVersion(version.dir, sink);
  };
  files.served_precision = [models](const InferenceInfo& info) {
    return models->PrecisionOf(info);
  };
  files.on_change = [models] { models->Refresh(); };
  files.temp_dir = temp_dir;
  return files;
}

TestPredictions TestPredictionsFrom(const Registry* registry) {
  return [registry](const std::string& version) -> std::vector<int64_t> {
    const absl::StatusOr<ModelRef> ref = ParseModelRef("version", version);
    if (!ref.ok()) return {};
    const absl::StatusOr<VersionInfo> info = registry->Resolve(*ref);
    if (!info.ok() || !info->manifest.metrics.has_value()) return {};
    ConfusionMatrix confusion(info->manifest.num_classes);
    confusion.SetCounts(info->manifest.metrics->test_confusion);
    return confusion.PredictedCounts();
  };
}

}  // namespace fovea
