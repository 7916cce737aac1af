#include "client/display/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/display/text.h"

namespace fovea::client {

Table::Table(const std::vector<std::string>& headers) {
  for (const std::string& header : headers) {
    const bool right = !header.empty() && header[0] == '>';
    right_.push_back(right);
    headers_.push_back(right ? header.substr(1) : header);
  }
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(headers_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::Render(const Style& style) const {
  std::vector<int> widths;
  for (size_t column = 0; column < headers_.size(); ++column) {
    int width = DisplayWidth(headers_[column]);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[column]));
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t column = 0; column < cells.size(); ++column) {
      absl::StrAppend(&text, column > 0 ? "  " : "",
                      right_[column] ? PadLeft(cells[column], widths[column])
                                     : PadRight(cells[column], widths[column]));
    }
    absl::StripTrailingAsciiWhitespace(&text);
    return text;
  };
  std::string text = absl::StrCat(style.Bold(line(headers_)), "\n");
  for (const auto& row : rows_) absl::StrAppend(&text, line(row), "\n");
  return text;
}

std::string RenderFields(const std::vector<std::pair<std::string, std::string>>& fields,
                         const Style& style) {
  int width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    absl::StrAppend(&text, style.Bold(PadRight(name, width)), "  ", Printable(value), "\n");
  }
  return text;
}

}  // namespace fovea::client
