#include "server/training/checkpoint.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/safetensors_torch.h"
#include "server/model/state_dict.h"
#include "server/training/step.h"

namespace fovea {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 2;
constexpr char kModelPrefix[] = "model/";
constexpr char kAveragePrefix[] = "average/";
constexpr char kMomentumPrefix[] = "momentum/";

Json StateToJson(const TrainState& state, const CheckpointKey& key) {
  return {{"format", kFormat},
          {"options", key.options_fingerprint},
          {"dataset", key.dataset_fingerprint},
          {"preprocess", key.preprocess_fingerprint},
          {"photographs", key.photographs_digest},
          {"phase", state.phase == Phase::kHead ? "head" : "full"},
          {"epoch", state.position.epoch},
          {"step", state.position.step},
          {"loss_sum", state.meter.loss_sum},
          {"images", state.meter.images},
          {"correct", state.meter.correct},
          {"train_seconds", state.train_seconds},
          {"best_epoch", state.best.epoch},
          {"best_score", state.best.score},
          {"best_sha256", state.best.weights_sha256},
          {"best_confusion", state.best.confusion},
          {"highest_kappa", state.highest_kappa},
          {"stale_epochs", state.stale_epochs}};
}

CheckpointKey KeyFromJson(const Json& json) {
  return {json.at("options"), json.at("dataset"), json.at("preprocess"), json.at("photographs")};
}

void StateFromJson(const Json& json, TrainState* state) {
  state->phase = json.at("phase") == "head" ? Phase::kHead : Phase::kFull;
  state->position = {json.at("epoch"), json.at("step")};
  state->meter = {json.at("loss_sum"), json.at("images"), json.at("correct")};
  state->train_seconds = json.at("train_seconds");
  state->best.epoch = json.at("best_epoch");
  state->best.score = json.at("best_score");
  state->best.weights_sha256 = json.at("best_sha256");
  state->best.confusion = json.at("best_confusion").get<std::vector<int64_t>>();
  state->highest_kappa = json.at("highest_kappa");
  state->stale_epochs = json.at("stale_epochs");
}

// Over the state's text and the names and bytes of all tensors, which are contiguous.
std::string Digest(const std::string& text, const NamedTensors& tensors) {
  Sha256 digest;
  digest.Update(text);
  for (const auto& [name, tensor] : tensors) {
    digest.Update(absl::StrCat("\n", name, " ", tensor.nbytes(), "\n"));
    digest.Update(absl::string_view(static_cast<const char*>(tensor.const_data_ptr()),
                                    tensor.nbytes()));
  }
  return digest.FinishHex();
}

NamedTensors WithoutPrefix(const NamedTensors& tensors, absl::string_view prefix) {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors) {
    absl::string_view rest = name;
    if (absl::ConsumePrefix(&rest, prefix)) found[std::string(rest)] = tensor;
  }
  return found;
}

std::string Find(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? "" : found->second;
}

}  // namespace

absl::StatusOr<std::string> EncodeCheckpoint(const TrainState& state, const CheckpointKey& key) {
  NamedTensors tensors;
  const auto add = [&tensors](const char* prefix, const NamedTensors& from) {
    for (const auto& [name, tensor] : from) {
      tensors[absl::StrCat(prefix, name)] = tensor.detach().to(torch::kCPU).contiguous();
    }
  };
  add(kModelPrefix, StateDict(*state.model));
  if (state.average) add(kAveragePrefix, StateDict(*state.average));
  add(kMomentumPrefix, state.optimiser.Buffers());
  const std::string text = StateToJson(state, key).dump();
  return WriteTensorsToString(tensors, {{"state", text}, {"sha256", Digest(text, tensors)}});
}

absl::Status DecodeCheckpoint(absl::string_view file, const CheckpointKey& key,
                              const RecipeOptions& recipe, TrainState* state) try {
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(file);
  if (!view.ok()) return absl::DataLossError(view.status().message());
  FOVEA_ASSIGN_OR_RETURN(const NamedTensors tensors, ReadTensors(*view));
  const std::string text = Find(view->metadata(), "state");
  if (Find(view->metadata(), "sha256") != Digest(text, tensors)) {
    return absl::DataLossError("its SHA-256 is not that of its content");
  }
  const Json json = Json::parse(text);
  if (json.at("format") != kFormat || KeyFromJson(json) != key) {
    return absl::FailedPreconditionError("it is of other options or photographs");
  }
  StateFromJson(json, state);
  FOVEA_RETURN_IF_ERROR(LoadStateDict(*state->model, WithoutPrefix(tensors, kModelPrefix)));
  if (state->average) {
    FOVEA_RETURN_IF_ERROR(LoadStateDict(*state->average, WithoutPrefix(tensors, kAveragePrefix)));
  }
  state->optimiser = MakeOptimiser(state->model, state->phase, recipe);
  return state->optimiser.LoadBuffers(WithoutPrefix(tensors, kMomentumPrefix));
} catch (const Json::exception& error) {
  return absl::DataLossError(error.what());
}

}  // namespace fovea
