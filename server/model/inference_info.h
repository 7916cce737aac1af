// What a version carries for being served in another precision than it was trained in. No Torch.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/model/precision.h"

namespace fovea {

// real = scale * (number - zero_point), numbers 0..255.
struct Quantiser {
  double scale = 1;
  int64_t zero_point = 0;
};

// Of what goes between the convolutions of the network.
struct ActivationQuantisers {
  Quantiser input;                 // Of the network.
  std::vector<Quantiser> results;  // Of each convolution, in the order of ResNetPlan::Place::index.
};

// How answers on one part of the data set differ from those in float32.
struct PrecisionFigures {
  int64_t images = 0;
  // Of the absolute difference of a logit, over images and classes.
  double mean_logit_change = 0, max_logit_change = 0;
  // In this precision, less that in float32. NaN where there is no kappa.
  double accuracy_change = 0, kappa_change = 0;
};

struct MeasuredPrecision {
  Precision precision = Precision::kFloat32;
  std::optional<PrecisionFigures> validation = std::nullopt;  // Unset: there was no such part.
  PrecisionFigures test = {};
};

// As fovea.v1.Inference.
struct InferenceInfo {
  PrecisionChoice choice = PrecisionChoice::kAuto;
  // From `calibration_images` photographs of the train part; the fingerprint is the SHA-256 (hex)
  // of their hashes and of the preprocessing fingerprint. Unset: there were no photographs.
  std::optional<ActivationQuantisers> quantisers = std::nullopt;
  int64_t calibration_images = 0;
  std::string calibration_fingerprint = "";
  std::vector<MeasuredPrecision> measured = {};
};

// What the device is good at.
struct PrecisionSupport {
  bool bfloat16 = false;
  bool int8 = false;
  bool cpu = true;
};

// Of a processor with these capabilities, by the names that Torch gives them ("avx512_bf16"):
// bfloat16 with AVX512_BF16 or AMX, as one with AVX512 alone only stores it and computes in
// float32; int8 with AVX512_VNNI.
PrecisionSupport SupportOfProcessor(const std::set<std::string>& capabilities);

// The largest loss of kappa on the validation part with which kAuto takes 8-bit integers.
inline constexpr double kMostKappaLoss = 0.005;

// What `choice` means for a version on a device. kAuto: int8 where the device is good at it and the
// version lost at most kMostKappaLoss, else bf16 where the device is good at it, else fp32. kInt8
// without quantisers, or on a device other than a CPU, is as kAuto, since it cannot be.
// Thread-safe.
Precision ResolvePrecision(PrecisionChoice choice, const InferenceInfo& info,
                           const PrecisionSupport& support);

// An object for the manifest, NaN as null.
nlohmann::ordered_json InferenceToJson(const InferenceInfo& info);

// INVALID_ARGUMENT "manifest.inference...: ..." for anything missing, of another type or out of
// range.
absl::StatusOr<InferenceInfo> InferenceFromJson(const nlohmann::json& json);

}  // namespace fovea
