// Structured logs, by spdlog: a message and key=value fields, as text or as a line of JSON.
//
//   Log(LogLevel::kInfo, "job started", {{"job", name}, {"attempt", absl::StrCat(attempt)}});
//
// Never log file names, paths or EXIF of uploads. Control characters are escaped.
#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fovea {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct LogField {
  absl::string_view key;
  std::string value;
};

// Sends the logs of this process to stderr with these options. Call before threads start; without
// it the defaults hold.
void InitLogging(const LogOptions& options);

// Thread-safe.
void Log(LogLevel level, absl::string_view message, std::initializer_list<LogField> fields = {});

// Parses "debug", "info", "warning" or "error".
bool ParseLogLevel(absl::string_view text, LogLevel* level);

}  // namespace fovea
