#include "common/dataset/csv.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Takes a quoted field, the opening quote included, from the front of `rest`.
absl::StatusOr<std::string> TakeQuoted(absl::string_view* rest) {
  std::string field;
  size_t i = 1;
  for (; i < rest->size(); ++i) {
    if ((*rest)[i] != '"') {
      field.push_back((*rest)[i]);
      continue;
    }
    if (i + 1 >= rest->size() || (*rest)[i + 1] != '"') break;
    field.push_back('"');
    ++i;
  }
  if (i >= rest->size()) return absl::InvalidArgumentError("a quote is not closed");
  rest->remove_prefix(i + 1);
  *rest = absl::StripLeadingAsciiWhitespace(*rest);
  if (!rest->empty() && rest->front() != ',') {
    return absl::InvalidArgumentError("text follows a closing quote");
  }
  return field;
}

absl::StatusOr<std::string> TakeField(absl::string_view* rest) {
  *rest = absl::StripLeadingAsciiWhitespace(*rest);
  if (absl::StartsWith(*rest, "\"")) return TakeQuoted(rest);
  const absl::string_view field = rest->substr(0, rest->find(','));
  rest->remove_prefix(field.size());
  if (absl::StrContains(field, '"')) {
    return absl::InvalidArgumentError("a quote inside an unquoted field");
  }
  return std::string(absl::StripTrailingAsciiWhitespace(field));
}

absl::StatusOr<std::vector<std::string>> ParseLine(absl::string_view line) {
  if (absl::StrContains(line, '\0')) return absl::InvalidArgumentError("has a NUL byte");
  std::vector<std::string> fields;
  while (true) {
    FOVEA_ASSIGN_OR_RETURN(std::string field, TakeField(&line));
    fields.push_back(std::move(field));
    if (line.empty()) return fields;
    line.remove_prefix(1);  // The comma.
  }
}

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view name, absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  text = absl::StripTrailingAsciiWhitespace(text);
  std::vector<CsvRow> rows;
  if (text.empty()) return rows;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view content = absl::StripSuffix(line, "\r");
    if (absl::StripAsciiWhitespace(content).empty()) {
      return FieldError(absl::StrCat(name, " line ", number), "is empty; remove the line");
    }
    absl::StatusOr<std::vector<std::string>> fields = ParseLine(content);
    if (!fields.ok()) return Annotate(fields.status(), absl::StrCat(name, " line ", number));
    rows.push_back({number, *std::move(fields)});
  }
  return rows;
}

std::string CsvQuoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace fovea
