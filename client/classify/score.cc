#include "client/classify/score.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/display/format.h"
#include "client/display/table.h"

namespace fovea::client {

void Score::Add(int truth, int answer) {
  const size_t size = std::max<size_t>(counts_.size(), std::max(truth, answer) + 1);
  counts_.resize(size);
  for (auto& row : counts_) row.resize(size);
  ++counts_[truth][answer];
}

int64_t Score::total() const {
  int64_t sum = 0;
  for (const auto& row : counts_) {
    for (const int64_t count : row) sum += count;
  }
  return sum;
}

double Score::Accuracy() const {
  int64_t right = 0;
  for (size_t i = 0; i < counts_.size(); ++i) right += counts_[i][i];
  return total() == 0 ? 0 : static_cast<double>(right) / static_cast<double>(total());
}

double Score::MajorityBaseline() const {
  int64_t most = 0;
  for (const auto& row : counts_) {
    int64_t sum = 0;
    for (const int64_t count : row) sum += count;
    most = std::max(most, sum);
  }
  return total() == 0 ? 0 : static_cast<double>(most) / static_cast<double>(total());
}

double Score::Kappa() const {
  const size_t size = counts_.size();
  std::vector<double> rows(size, 0);
  std::vector<double> columns(size, 0);
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j < size; ++j) {
      rows[i] += static_cast<double>(counts_[i][j]);
      columns[j] += static_cast<double>(counts_[i][j]);
    }
  }
  double observed = 0;
  double expected = 0;
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j < size; ++j) {
      const double distance = static_cast<double>(i) - static_cast<double>(j);
      observed += distance * distance * static_cast<double>(counts_[i][j]);
      expected += distance * distance * rows[i] * columns[j] / static_cast<double>(total());
    }
  }
  return expected > 0 ? 1 - observed / expected : std::numeric_limits<double>::quiet_NaN();
}

std::string RenderScore(const Score& score, const Style& style) {
  std::vector<std::string> headers = {"TRUE \\ ANSWER"};
  for (size_t i = 0; i < score.counts().size(); ++i) headers.push_back(absl::StrCat(">", i));
  Table table(headers);
  for (size_t i = 0; i < score.counts().size(); ++i) {
    std::vector<std::string> cells = {absl::StrCat(i)};
    for (const int64_t count : score.counts()[i]) cells.push_back(absl::StrCat(count));
    table.AddRow(std::move(cells));
  }
  return absl::StrCat("accuracy ", FormatFixed(score.Accuracy(), 4), " of ", score.total(),
                      " (majority baseline ", FormatFixed(score.MajorityBaseline(), 4),
                      "), kappa ", FormatFixed(score.Kappa(), 3), "\n", table.Render(style));
}

std::string ScoreJsonLine(const Score& score, int64_t failed, int64_t unlabelled) {
  nlohmann::ordered_json summary;
  summary["labelled"] = score.total();
  summary["unlabelled"] = unlabelled;
  summary["failed"] = failed;
  summary["accuracy"] = score.Accuracy();
  summary["majority_baseline"] = score.MajorityBaseline();
  // JSON has no NaN; null says that it is undefined.
  const double kappa = score.Kappa();
  summary["kappa"] = std::isnan(kappa) ? nlohmann::ordered_json() : nlohmann::ordered_json(kappa);
  summary["confusion"] = score.counts();
  return nlohmann::ordered_json{{"summary", summary}}.dump() + "\n";
}

}  // namespace fovea::client
