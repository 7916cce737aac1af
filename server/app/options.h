// What fovead is told by flags, environment and configuration file.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/quality/quality.h"

namespace fovea {

// The defaults hold where nothing is said.
struct ServerOptions {
  std::string data_dir = "fovea-data";
  std::string dataset_root;  // Empty: CreateDataset is refused.
  std::string listen = "127.0.0.1:8500";
  std::string metrics_listen = "127.0.0.1:9464";  // Empty: no metrics.

  std::string tls_cert_file, tls_key_file;  // Both or none. PEM.
  std::string tls_client_ca_file;           // With it, callers must show a certificate. PEM.

  std::string trainer_binary;  // Empty: fovea-trainer beside fovead.
  std::string default_model;
  std::string device = "auto";
  std::string precision = "auto";  // auto: as each version says.

  int max_queue = 256;
  int max_batch = 8;
  double max_queue_delay_ms = 0;
  int cores = 0;              // 0: all that the process may use.
  int decode_threads = 0;     // 0: one a core.
  int inference_threads = 0;  // 0: one a core.
  int max_loaded_models = 4;
  std::string model_control = "off";  // "on": callers may load and unload models.
  int64_t max_image_bytes = 64LL << 20;
  int64_t max_image_pixels = 100'000'000;
  int64_t cache_limit_bytes = 50LL << 30;
  double answers_days = 90;          // 0, as the next one: nothing is kept of answers.
  int64_t answers_rows = 1'000'000;
  double shutdown_seconds = 30;

  std::string quality_gate = "on";  // "on" (for models of the five grades) or "off".
  QualityThresholds quality;

  std::string log_level = "info";
  std::string log_format = "text";
};

// What is wrong with the options, as "flag: problem, what is allowed".
absl::Status ValidateOptions(const ServerOptions& options);

// Parses the command line (flags over FOVEA_* environment over --config FILE over defaults).
// Prints help or version, or what is wrong, itself: then `exit_code` is set and false returned.
bool ParseCommandLine(int argc, char** argv, ServerOptions* options, int* exit_code);

}  // namespace fovea
