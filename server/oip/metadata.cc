#include "server/oip/metadata.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/preprocess/spec.h"
#include "server/oip/outputs.h"

namespace fovea {
namespace {

constexpr char kPlatform[] = "fovea";

inference::DataType ConfigType(Datatype datatype) {
  switch (datatype) {
    case Datatype::kFp32:
      return inference::TYPE_FP32;
    case Datatype::kInt32:
      return inference::TYPE_INT32;
    case Datatype::kBytes:
      return inference::TYPE_STRING;
  }
  return inference::TYPE_INVALID;
}

Datatype InputType(InputKind kind) {
  return kind == InputKind::kImage ? Datatype::kBytes : Datatype::kFp32;
}

std::string JsonOf(const std::vector<std::string>& texts) {
  using Json = nlohmann::json;
  return Json(texts).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::map<std::string, std::string> PropertiesOf(const VersionInfo& version) {
  const Manifest& manifest = version.manifest;
  return {{"architecture", std::string(ArchitectureName(manifest.architecture))},
          {"class_names", JsonOf(manifest.class_names)},
          {"preprocess", CanonicalPreprocessSpec(manifest.preprocess)},
          {"preprocess_fingerprint", manifest.preprocess_fingerprint},
          {"version", version.name()},
          {"weights_sha256", manifest.weights_sha256},
          {"notice", kNotice}};
}

void SetBatching(const OipLimits& limits, inference::ModelDynamicBatching* batching) {
  batching->add_preferred_batch_size(limits.max_batch);
  batching->set_max_queue_delay_microseconds(absl::ToInt64Microseconds(limits.max_queue_delay));
  batching->set_priority_levels(kLowestPriority);
  batching->set_default_priority_level(kDefaultPriority);
  inference::ModelQueuePolicy* policy = batching->mutable_default_queue_policy();
  policy->set_timeout_action(inference::ModelQueuePolicy::REJECT);
  policy->set_allow_timeout_override(true);
  policy->set_max_queue_size(limits.max_queue);
}

}  // namespace

std::vector<int64_t> InputShape(const Manifest& manifest, InputKind kind) {
  const int64_t side = manifest.preprocess.crop_size;
  if (kind == InputKind::kImage) return {-1};
  return {-1, 3, side, side};
}

inference::ModelMetadataResponse MetadataOf(const VersionInfo& version, InputKind kind,
                                            const std::vector<int32_t>& versions) {
  inference::ModelMetadataResponse metadata;
  metadata.set_name(InferenceName(version.model_id, kind));
  for (const int32_t number : versions) metadata.add_versions(absl::StrCat(number));
  metadata.set_platform(kPlatform);
  auto* input = metadata.add_inputs();
  input->set_name(kInputName);
  input->set_datatype(DatatypeName(InputType(kind)));
  for (const int64_t size : InputShape(version.manifest, kind)) input->add_shape(size);
  for (const OipOutput& output : OutputsOf(version.manifest, kind)) {
    auto* tensor = metadata.add_outputs();
    tensor->set_name(output.name);
    tensor->set_datatype(DatatypeName(output.datatype));
    tensor->add_shape(-1);
    if (output.per_class) tensor->add_shape(version.manifest.num_classes);
  }
  for (const auto& [name, value] : PropertiesOf(version)) {
    (*metadata.mutable_properties())[name] = value;
  }
  return metadata;
}

inference::ModelConfig ConfigOf(const VersionInfo& version, InputKind kind,
                                const OipLimits& limits) {
  inference::ModelConfig config;
  config.set_name(InferenceName(version.model_id, kind));
  config.set_platform(kPlatform);
  config.set_backend(kPlatform);
  config.mutable_version_policy()->mutable_all();
  // Files are one dimension, of any size: Triton's clients take dims without any for a mistake, so
  // it is listed there, and then it is no dimension of a batch to them.
  const bool batched = kind == InputKind::kTensor;
  if (batched) config.set_max_batch_size(limits.max_inputs);
  inference::ModelInput* input = config.add_input();
  input->set_name(kInputName);
  input->set_data_type(ConfigType(InputType(kind)));
  if (batched) input->set_format(inference::ModelInput::FORMAT_NCHW);
  const std::vector<int64_t> shape = InputShape(version.manifest, kind);
  input->mutable_dims()->Add(shape.begin() + (batched ? 1 : 0), shape.end());
  for (const OipOutput& output : OutputsOf(version.manifest, kind)) {
    inference::ModelOutput* tensor = config.add_output();
    tensor->set_name(output.name);
    tensor->set_data_type(ConfigType(output.datatype));
    if (!batched) tensor->add_dims(-1);
    if (output.per_class) tensor->add_dims(version.manifest.num_classes);
  }
  SetBatching(limits, config.mutable_dynamic_batching());
  (*config.mutable_parameters())["max_inputs"].set_string_value(absl::StrCat(limits.max_inputs));
  for (const auto& [name, value] : PropertiesOf(version)) {
    (*config.mutable_parameters())[name].set_string_value(value);
  }
  return config;
}

}  // namespace fovea
