// Answers of classification as rows of a table and as lines of JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/classify/classifier.h"
#include "client/display/terminal.h"

namespace fovea::client {

// The file of an answer's heat map, or why it could not be written; empty: there is none.
using HeatMapFile = absl::StatusOr<std::string>;

// Rows that can be written one by one: the width of the file column is known from the start.
class AnswerTable {
 public:
  // `heading` is that of the first column. With `ids` the last one is the request id.
  AnswerTable(const std::vector<std::string>& inputs, const Style& style,
              const std::string& heading = "FILE", bool ids = false);

  std::string Header() const;
  std::string Row(const std::string& input, const ClassifyOutcome& outcome,
                  const HeatMapFile& heat_map = "") const;

 private:
  const Style style_;
  const std::string heading_;
  int file_width_;
  const bool ids_;
};

// {"file": ..., "request_id": ..., "response" or "error": {...}} on one line, the response as
// PutHeatMap leaves it.
std::string AnswerJsonLine(const std::string& input, const ClassifyOutcome& outcome,
                           const HeatMapFile& heat_map = "");

// In an answer's JSON, in place of the picture of a heat map: its file as "explanation_file", or
// "explanation_error" with the reason why it could not be written.
void PutHeatMap(const HeatMapFile& heat_map, nlohmann::ordered_json& answer);

}  // namespace fovea::client
