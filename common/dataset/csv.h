// A strict reader of small csv files, and the quoting of what is written.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

struct CsvRow {
  int line = 0;  // In the file, from 1.
  std::vector<std::string> fields;
};

// Rows of RFC 4180: commas, double quotes around a field with "" for a quote inside, LF or CRLF. A
// byte-order mark and empty lines at the end are skipped; spaces and tabs around an unquoted field
// are cut. INVALID_ARGUMENT "name line N: ..." for an empty line before the end, a quote out of
// place or left open, a NUL, or a line break inside a field (no photograph is named so).
absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view name, absl::string_view text);

// A field of RFC 4180 in double quotes.
std::string CsvQuoted(absl::string_view text);

}  // namespace fovea
