#include "server/model/manifest.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/json_reader.h"

namespace fovea {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr int32_t kMaxClasses = 100'000;
constexpr size_t kMaxClassName = 200;
constexpr int64_t kMaxManifestBytes = 16 << 20;

// 0.485f as 0.485 rather than 0.48500001430511475, where that reads back the same.
double ShortDouble(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text) - 1, value);
  *end.ptr = '\0';
  const double shorter = std::strtod(text, nullptr);
  return static_cast<float>(shorter) == value ? shorter : value;
}

OrderedJson PreprocessToJson(const PreprocessSpec& spec) {
  OrderedJson json = {{"resize_short_side", spec.resize_short_side}, {"crop_size", spec.crop_size}};
  for (const float value : spec.mean) json["mean"].push_back(ShortDouble(value));
  for (const float value : spec.std) json["std"].push_back(ShortDouble(value));
  json["apply_exif_orientation"] = spec.apply_exif_orientation;
  json["crop_to_fundus"] = spec.crop_to_fundus;
  json["subtract_local_average"] = spec.subtract_local_average;
  json["scaled_decode"] = spec.scaled_decode;
  return json;
}

OrderedJson ProvenanceToJson(const Provenance& p) {
  return {{"kind", p.kind},
          {"job", p.job},
          {"dataset", p.dataset},
          {"dataset_fingerprint", p.dataset_fingerprint},
          {"training_spec", p.training_spec},
          {"seed", p.seed},
          {"init", p.init},
          {"fovea_version", p.fovea_version}};
}

OrderedJson MetricsToJson(const std::optional<ModelMetrics>& metrics) {
  if (!metrics.has_value()) return nullptr;
  return {{"epoch", metrics->epoch},
          {"test_accuracy", NumberOrNull(metrics->test_accuracy)},
          {"test_loss", NumberOrNull(metrics->test_loss)},
          {"test_kappa", NumberOrNull(metrics->test_kappa)},
          {"majority_baseline", NumberOrNull(metrics->majority_baseline)},
          {"test_confusion", metrics->test_confusion}};
}

std::array<float, 3> ReadTriple(JsonReader& reader, const std::string& field) {
  std::array<float, 3> triple = {};
  const std::vector<double> numbers = reader.Doubles(field);
  if (numbers.size() != 3) {
    reader.Fail(field, "must be three numbers");
    return triple;
  }
  for (size_t i = 0; i < 3; ++i) triple[i] = static_cast<float>(numbers[i]);
  return triple;
}

absl::StatusOr<PreprocessSpec> ReadPreprocess(const Json& json) {
  JsonReader reader(json, "manifest.preprocess");
  PreprocessSpec spec;
  constexpr int64_t kMaxInt = std::numeric_limits<int>::max();
  spec.resize_short_side = static_cast<int>(reader.Int("resize_short_side", 0, kMaxInt));
  spec.crop_size = static_cast<int>(reader.Int("crop_size", 0, kMaxInt));
  spec.mean = ReadTriple(reader, "mean");
  spec.std = ReadTriple(reader, "std");
  spec.apply_exif_orientation = reader.Bool("apply_exif_orientation");
  // Manifests of before there were these do not have them.
  if (reader.Has("crop_to_fundus")) spec.crop_to_fundus = reader.Bool("crop_to_fundus");
  if (reader.Has("subtract_local_average")) {
    spec.subtract_local_average = reader.Bool("subtract_local_average");
  }
  if (reader.Has("scaled_decode")) spec.scaled_decode = reader.Bool("scaled_decode");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  FOVEA_RETURN_IF_ERROR(Annotate(ValidatePreprocessSpec(spec), "manifest"));
  return spec;
}

absl::StatusOr<Provenance> ReadProvenance(const Json& json) {
  JsonReader reader(json, "manifest.provenance");
  Provenance p;
  p.kind = reader.String("kind");
  if (p.kind != "trained" && p.kind != "imported") {
    reader.Fail("kind", "must be \"trained\" or \"imported\"");
  }
  p.job = reader.String("job");
  p.dataset = reader.String("dataset");
  p.dataset_fingerprint = reader.String("dataset_fingerprint");
  p.training_spec = reader.String("training_spec");
  p.seed = reader.Uint("seed");
  p.init = reader.String("init");
  p.fovea_version = reader.String("fovea_version");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  return p;
}

absl::StatusOr<ModelMetrics> ReadMetrics(const Json& json, int32_t num_classes) {
  JsonReader reader(json, "manifest.metrics");
  ModelMetrics m;
  m.epoch = static_cast<int32_t>(reader.Int("epoch", 0, std::numeric_limits<int32_t>::max()));
  m.test_accuracy = reader.Double("test_accuracy");
  m.test_loss = reader.Double("test_loss");
  m.test_kappa = reader.Double("test_kappa");
  m.majority_baseline = reader.Double("majority_baseline");
  m.test_confusion = reader.Ints("test_confusion", 0);
  const size_t cells = static_cast<size_t>(num_classes) * static_cast<size_t>(num_classes);
  if (!m.test_confusion.empty() && m.test_confusion.size() != cells) {
    reader.Fail("test_confusion", absl::StrCat("must have ", cells, " counts, or none"));
  }
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  return m;
}

void CheckClassNames(const Manifest& manifest, JsonReader& reader) {
  const std::vector<std::string>& names = manifest.class_names;
  if (names.empty()) return;
  if (names.size() != static_cast<size_t>(manifest.num_classes)) {
    reader.Fail("class_names", absl::StrCat("has ", names.size(), " names for ",
                                            manifest.num_classes, " classes"));
  }
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxClassName) {
      reader.Fail("class_names", absl::StrCat("each must have 1 to ", kMaxClassName, " bytes"));
    }
  }
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
    reader.Fail("class_names", "must differ from each other");
  }
}

void ReadViews(JsonReader& reader, Manifest* manifest) {
  if (reader.Has("test_time_views")) {
    manifest->test_time_views = static_cast<int32_t>(reader.Int("test_time_views", 1, 4));
    if (!IsViewCount(manifest->test_time_views)) {
      reader.Fail("test_time_views", "must be 1, 2 or 4");
    }
  }
  if (reader.Has("parts_share_patients")) {
    manifest->parts_share_patients = reader.Bool("parts_share_patients");
  }
}

}  // namespace

std::string ManifestToJson(const Manifest& m) {
  const OrderedJson json = {
      {"format", kFormat},
      {"architecture", std::string(ArchitectureName(m.architecture))},
      {"num_classes", m.num_classes},
      {"class_names", m.class_names},
      {"preprocess", PreprocessToJson(m.preprocess)},
      {"preprocess_fingerprint", m.preprocess_fingerprint},
      {"weights_sha256", m.weights_sha256},
      {"weights_bytes", m.weights_bytes},
      {"provenance", ProvenanceToJson(m.provenance)},
      {"metrics", MetricsToJson(m.metrics)},
      {"calibration", m.calibration.has_value() ? CalibrationToJson(*m.calibration) : nullptr},
      {"inference", InferenceToJson(m.inference)},
      {"test_time_views", m.test_time_views},
      {"parts_share_patients", m.parts_share_patients},
      {"create_time", absl::FormatTime(absl::RFC3339_full, m.create_time, absl::UTCTimeZone())}};
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

absl::StatusOr<Manifest> ManifestFromJson(const std::string& text) {
  FOVEA_ASSIGN_OR_RETURN(const Json json, ParseJsonObject("manifest", text));
  JsonReader reader(json, "manifest");
  Manifest m;
  reader.Int("format", kFormat, kFormat);
  absl::StatusOr<Architecture> architecture = ParseArchitecture(reader.String("architecture"));
  m.num_classes = static_cast<int32_t>(reader.Int("num_classes", 2, kMaxClasses));
  m.class_names = reader.Strings("class_names");
  CheckClassNames(m, reader);
  m.preprocess_fingerprint = reader.String("preprocess_fingerprint");
  m.weights_sha256 = reader.String("weights_sha256");
  if (!IsSha256Hex(m.weights_sha256)) reader.Fail("weights_sha256", "is not a SHA-256 in hex");
  m.weights_bytes = reader.Int("weights_bytes", 1);
  std::string time_error;
  if (!absl::ParseTime(absl::RFC3339_full, reader.String("create_time"), &m.create_time,
                       &time_error)) {
    reader.Fail("create_time", "is not a time of RFC 3339");
  }
  const Json& preprocess = reader.Object("preprocess");
  const Json& provenance = reader.Object("provenance");
  const bool has_metrics = !reader.IsNull("metrics");
  const Json* metrics = has_metrics ? &reader.Object("metrics") : nullptr;
  const bool has_calibration = reader.Has("calibration") && !reader.IsNull("calibration");
  const Json* calibration = has_calibration ? &reader.Object("calibration") : nullptr;
  const Json* inference = reader.Has("inference") ? &reader.Object("inference") : nullptr;
  ReadViews(reader, &m);
  FOVEA_RETURN_IF_ERROR(reader.Finish());

  FOVEA_RETURN_IF_ERROR(Annotate(architecture.status(), "manifest"));
  m.architecture = *architecture;
  FOVEA_ASSIGN_OR_RETURN(m.preprocess, ReadPreprocess(preprocess));
  FOVEA_ASSIGN_OR_RETURN(m.provenance, ReadProvenance(provenance));
  if (has_metrics) {
    FOVEA_ASSIGN_OR_RETURN(m.metrics, ReadMetrics(*metrics, m.num_classes));
  }
  if (has_calibration) {
    FOVEA_ASSIGN_OR_RETURN(m.calibration, CalibrationFromJson(*calibration, m.num_classes));
  }
  if (inference != nullptr) {
    FOVEA_ASSIGN_OR_RETURN(m.inference, InferenceFromJson(*inference));
  }
  if (m.preprocess_fingerprint != PreprocessFingerprint(m.preprocess)) {
    return FieldError("manifest.preprocess_fingerprint",
                      "is not that of the preprocessing of this version of Fovea; train or import "
                      "the model again");
  }
  return m;
}

absl::StatusOr<Manifest> ReadManifest(const std::string& version_dir) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text,
                         ReadFile(JoinPath(version_dir, kManifestFile), kMaxManifestBytes));
  return ManifestFromJson(text);
}

}  // namespace fovea
