#include "client/feedback/feedback_csv.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/csv.h"

namespace fovea::client {
namespace {

constexpr int64_t kMaxFeedbackBytes = 256 << 20;

}  // namespace

absl::StatusOr<std::vector<FeedbackRow>> ReadFeedbackCsv(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFeedbackBytes));
  FOVEA_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(path, text));
  std::vector<FeedbackRow> feedback;
  for (const CsvRow& row : rows) {
    const std::string where = absl::StrCat(Printable(path), " line ", row.line);
    if (row.fields.size() < 2) return FieldError(where, "is not `request_id,grade`");
    FeedbackRow one = {row.line, row.fields[0], 0};
    if (absl::SimpleAtoi(row.fields[1], &one.grade)) {
      feedback.push_back(std::move(one));
    } else if (&row != &rows.front()) {
      return FieldError(where, absl::StrCat("'", Printable(row.fields[1]), "' is not a grade"));
    }
  }
  if (feedback.empty()) return FieldError(Printable(path), "has no line `request_id,grade`");
  return feedback;
}

}  // namespace fovea::client
