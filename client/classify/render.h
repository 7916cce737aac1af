// Answers of classification as rows of a table and as lines of JSON.
#pragma once

#include <string>
#include <vector>

#include "client/classify/classifier.h"
#include "client/display/terminal.h"

namespace fovea::client {

// Rows that can be written one by one: the width of the file column is known from the start.
class AnswerTable {
 public:
  // `heading` is that of the first column.
  AnswerTable(const std::vector<std::string>& inputs, const Style& style,
              const std::string& heading = "FILE");

  std::string Header() const;
  std::string Row(const std::string& input, const ClassifyOutcome& outcome) const;

 private:
  const Style style_;
  const std::string heading_;
  int file_width_;
};

// {"file": ..., "request_id": ..., "response" or "error": {...}} on one line.
std::string AnswerJsonLine(const std::string& input, const ClassifyOutcome& outcome);

}  // namespace fovea::client
