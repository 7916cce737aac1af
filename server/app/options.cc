#include "server/app/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/cli/config_file.h"
#include "server/model/precision.h"

namespace fovea {
namespace {

constexpr int kUsageExit = 2;

constexpr char kFooter[] = R"(
Every flag can also be given as an environment variable (FOVEA_DATA_DIR for --data-dir) and in the
file of --config, without the dashes (data-dir = "/var/lib/fovea"). Flags win over the environment,
the environment over the file.

Examples:
  fovead
      serves on 127.0.0.1:8500 with its state in ./fovea-data
  fovead --data-dir /var/lib/fovea --dataset-root /srv/fundus
      also trains on folders beneath /srv/fundus (fovea dataset create)
  fovead --listen 0.0.0.0:8500 --tls-cert server.pem --tls-key server.key
      serves the network over TLS
  fovead --model-control on
      lets clients of the Open Inference Protocol (same port) load and unload models

Exit codes: 0 after SIGTERM or SIGINT, 1 when it cannot start or go on, 2 for wrong flags.
Not a medical device: for research use.)";

// Adds --NAME; the last value wins.
template <typename T>
void Flag(CLI::App& app, const std::string& name, T& value, const std::string& help) {
  app.add_option("--" + name, value, help)
      ->envname(EnvironmentVariable(name))
      ->capture_default_str()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void AddQualityFlags(CLI::App& app, ServerOptions& o) {
  Flag(app, "quality-gate", o.quality_gate,
       "on: no grade for what nobody could grade (models of the five grades); off: none");
  QualityThresholds& q = o.quality;
  Flag(app, "quality-min-short-side", q.min_short_side, "Shorter side in pixels (1..65535); below: too_small");
  Flag(app, "quality-min-fundus-score", q.min_fundus_score, "Log-odds of being a fundus (-1000..1000); below: not_a_fundus");
  Flag(app, "quality-min-sharpness", q.min_sharpness, "Fine over broad detail (0..1); below: blurred");
  Flag(app, "quality-min-brightness", q.min_brightness, "Median luminance of the field (0..1); below: too_dark");
  Flag(app, "quality-max-dark-share", q.max_dark_share, "Dark share of the field (0..1); above: too_dark");
  Flag(app, "quality-max-saturated-share", q.max_saturated_share,
       "White share of the field (0..1); above: too_bright");
  Flag(app, "quality-min-visible-share", q.min_visible_share,
       "Share of the field in the picture (0..1); below: cut_off");
}

void AddFlags(CLI::App& app, ServerOptions& o) {
  Flag(app, "data-dir", o.data_dir, "Folder of all state; made if need be");
  Flag(app, "dataset-root", o.dataset_root, "Folder whose subfolders CreateDataset may use");
  Flag(app, "listen", o.listen, "HOST:PORT for gRPC; port 0 takes a free one");
  Flag(app, "metrics-listen", o.metrics_listen, "HOST:PORT for Prometheus; \"\" for none");
  Flag(app, "tls-cert", o.tls_cert_file, "Certificate chain of the server, PEM");
  Flag(app, "tls-key", o.tls_key_file, "Its private key, PEM");
  Flag(app, "tls-client-ca", o.tls_client_ca_file, "Callers must have a certificate of this CA, PEM");
  Flag(app, "trainer-binary", o.trainer_binary, "fovea-trainer; default: beside fovead");
  Flag(app, "default-model", o.default_model, "models/ID that answers when none is named");
  Flag(app, "device", o.device, "auto, cpu or cuda:N for classification");
  Flag(app, "precision", o.precision,
       "auto (as each version says), fp32, bf16 or int8 for classification");
  Flag(app, "max-queue", o.max_queue, "Photographs that may wait for classification");
  Flag(app, "max-batch", o.max_batch, "Photographs in one batch of inference");
  Flag(app, "max-queue-delay-ms", o.max_queue_delay_ms,
       "How long a batch that is not full waits for more; gains only on a GPU");
  Flag(app, "cores", o.cores,
       "Cores that decoding and inference share; 0: all that the process may use");
  Flag(app, "decode-threads", o.decode_threads, "Of these, to decode at most; 0: all");
  Flag(app, "inference-threads", o.inference_threads, "Of these, for one batch at most; 0: all");
  Flag(app, "max-loaded-models", o.max_loaded_models, "Model versions in memory");
  Flag(app, "model-control", o.model_control,
       "on: callers of the Open Inference Protocol may load and unload models; off: they may not");
  Flag(app, "max-image-bytes", o.max_image_bytes, "Largest photograph, bytes");
  Flag(app, "max-image-pixels", o.max_image_pixels, "Largest photograph, pixels");
  Flag(app, "cache-limit-bytes", o.cache_limit_bytes, "Preprocessing caches on disk, bytes");
  Flag(app, "answers-days", o.answers_days,
       "Days that answers are kept for feedback and live figures; 0: none are, and old ones go");
  Flag(app, "answers-rows", o.answers_rows, "Answers kept at most, the newest; 0 as for the days");
  Flag(app, "shutdown-seconds", o.shutdown_seconds, "Time to end in after SIGTERM");
  AddQualityFlags(app, o);
  Flag(app, "log-level", o.log_level, "debug, info, warning or error");
  Flag(app, "log-format", o.log_format, "text or json");
}

absl::Status CheckRange(const char* flag, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return FieldError(flag, absl::StrCat("is ", value, ", allowed are ", low, " to ", high));
}

absl::Status ValidateQuality(const ServerOptions& o) {
  if (o.quality_gate != "on" && o.quality_gate != "off") {
    return FieldError("quality-gate", "must be on or off");
  }
  const QualityThresholds& q = o.quality;
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-min-short-side", q.min_short_side, 1, 65535));
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-min-fundus-score", q.min_fundus_score, -1000, 1000));
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-min-sharpness", q.min_sharpness, 0, 1));
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-min-brightness", q.min_brightness, 0, 1));
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-max-dark-share", q.max_dark_share, 0, 1));
  FOVEA_RETURN_IF_ERROR(CheckRange("quality-max-saturated-share", q.max_saturated_share, 0, 1));
  return CheckRange("quality-min-visible-share", q.min_visible_share, 0, 1);
}

absl::Status ValidateRanges(const ServerOptions& o) {
  FOVEA_RETURN_IF_ERROR(CheckRange("max-queue", o.max_queue, 1, 100000));
  FOVEA_RETURN_IF_ERROR(CheckRange("max-batch", o.max_batch, 1, 1024));
  FOVEA_RETURN_IF_ERROR(CheckRange("max-queue-delay-ms", o.max_queue_delay_ms, 0, 10'000));
  FOVEA_RETURN_IF_ERROR(CheckRange("cores", o.cores, 0, 1024));
  FOVEA_RETURN_IF_ERROR(CheckRange("decode-threads", o.decode_threads, 0, 1024));
  FOVEA_RETURN_IF_ERROR(CheckRange("inference-threads", o.inference_threads, 0, 1024));
  FOVEA_RETURN_IF_ERROR(CheckRange("max-loaded-models", o.max_loaded_models, 1, 1000));
  FOVEA_RETURN_IF_ERROR(CheckRange("max-image-bytes", o.max_image_bytes, 1024, 1LL << 30));
  FOVEA_RETURN_IF_ERROR(CheckRange("max-image-pixels", o.max_image_pixels, 1024, 1e9));
  FOVEA_RETURN_IF_ERROR(CheckRange("cache-limit-bytes", o.cache_limit_bytes, 1 << 20, 1e18));
  FOVEA_RETURN_IF_ERROR(CheckRange("answers-days", o.answers_days, 0, 36500));
  FOVEA_RETURN_IF_ERROR(CheckRange("answers-rows", o.answers_rows, 0, 1e9));
  return CheckRange("shutdown-seconds", o.shutdown_seconds, 1, 3600);
}

}  // namespace

absl::Status ValidateOptions(const ServerOptions& o) {
  if (o.data_dir.empty()) return FieldError("data-dir", "must name a folder");
  if (o.listen.empty()) return FieldError("listen", "must be HOST:PORT");
  if (o.tls_cert_file.empty() != o.tls_key_file.empty()) {
    return FieldError("tls-cert", "and tls-key are needed together");
  }
  if (!o.tls_client_ca_file.empty() && o.tls_cert_file.empty()) {
    return FieldError("tls-client-ca", "needs tls-cert and tls-key");
  }
  if (!o.default_model.empty()) {
    FOVEA_RETURN_IF_ERROR(ParseModelRef("default-model", o.default_model).status());
  }
  if (o.device != "auto" && o.device != "cpu" && !absl::StartsWith(o.device, "cuda:")) {
    return FieldError("device", "must be auto, cpu or cuda:N");
  }
  FOVEA_RETURN_IF_ERROR(ParsePrecisionChoice(o.precision).status());
  if (o.model_control != "on" && o.model_control != "off") {
    return FieldError("model-control", "must be on or off");
  }
  LogLevel level;
  if (!ParseLogLevel(o.log_level, &level)) {
    return FieldError("log-level", "must be debug, info, warning or error");
  }
  if (o.log_format != "text" && o.log_format != "json") {
    return FieldError("log-format", "must be text or json");
  }
  FOVEA_RETURN_IF_ERROR(ValidateQuality(o));
  return ValidateRanges(o);
}

bool ParseCommandLine(int argc, char** argv, ServerOptions* options, int* exit_code) {
  CLI::App app("fovead trains and serves networks that grade diabetic retinopathy on fundus "
               "photographs.",
               "fovead");
  app.set_version_flag("--version", "fovead " FOVEA_VERSION);
  AddConfigFile(&app, "", "Configuration file, TOML");
  app.footer(kFooter);
  AddFlags(app, *options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : kUsageExit;
    return false;
  }
  if (const absl::Status status = ValidateOptions(*options); !status.ok()) {
    std::cerr << "fovead: " << status.message() << "\nRun fovead --help for all flags.\n";
    *exit_code = kUsageExit;
    return false;
  }
  return true;
}

}  // namespace fovea
