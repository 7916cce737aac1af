// Tables in plain text: a header, columns padded to their widest cell, two spaces between them.
#pragma once

#include <string>
#include <vector>

#include "client/display/terminal.h"

namespace fovea::client {

// Build it, then render it once or more. Cells come from anywhere: control characters are escaped.
class Table {
 public:
  // A header that begins with ">" makes its column right-aligned: {"NAME", ">EPOCHS"}.
  explicit Table(const std::vector<std::string>& headers);

  // One cell a column.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Lines that end with a line break; the header alone when there are no rows.
  std::string Render(const Style& style) const;

 private:
  std::vector<std::string> headers_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// Names and values, one a line, the values below each other. Rows with an empty value are left out.
std::string RenderFields(const std::vector<std::pair<std::string, std::string>>& fields,
                         const Style& style);

}  // namespace fovea::client
