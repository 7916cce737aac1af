#include "client/classify/score.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

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

double Score::Accuracy() const { return total() == 0 ? 0 : Confusion().Accuracy(); }

double Score::MajorityBaseline() const {
  return total() == 0 ? 0 : Confusion().MajorityBaseline();
}

ConfusionMatrix Score::Confusion() const {
  std::vector<int64_t> all;
  for (const auto& row : counts_) all.insert(all.end(), row.begin(), row.end());
  ConfusionMatrix confusion(static_cast<int>(counts_.size()));
  confusion.SetCounts(std::move(all));
  return confusion;
}

namespace {

std::string RenderConfusion(const Score& score, const Style& style) {
  if (score.counts().size() > kMaxClassesInFull) {
    return absl::StrCat("the confusion counts of ", score.counts().size(),
                        " classes are in the output of -o json\n");
  }
  std::vector<std::string> headers = {"TRUE \\ ANSWER"};
  for (size_t i = 0; i < score.counts().size(); ++i) headers.push_back(absl::StrCat(">", i));
  Table table(headers);
  for (size_t i = 0; i < score.counts().size(); ++i) {
    std::vector<std::string> cells = {absl::StrCat(i)};
    for (const int64_t count : score.counts()[i]) cells.push_back(absl::StrCat(count));
    table.AddRow(std::move(cells));
  }
  return table.Render(style);
}

}  // namespace

std::string RenderScore(const Score& score, const Style& style) {
  return absl::StrCat("accuracy ", FormatFixed(score.Accuracy(), 4), " of ", score.total(),
                      " (majority baseline ", FormatFixed(score.MajorityBaseline(), 4),
                      "), kappa ", FormatFixed(score.Kappa(), 3), "\n",
                      RenderConfusion(score, style));
}

std::string ScoreJsonLine(const Score& score, const Unscored& unscored) {
  nlohmann::ordered_json summary;
  summary["labelled"] = score.total();
  summary["unlabelled"] = unscored.unlabelled;
  summary["failed"] = unscored.failed;
  summary["ungradable"] = unscored.ungradable;
  summary["accuracy"] = score.Accuracy();
  summary["majority_baseline"] = score.MajorityBaseline();
  // JSON has no NaN; null says that it is undefined.
  const double kappa = score.Kappa();
  summary["kappa"] = std::isnan(kappa) ? nlohmann::ordered_json() : nlohmann::ordered_json(kappa);
  summary["confusion"] = score.counts();
  return nlohmann::ordered_json{{"summary", summary}}.dump() + "\n";
}

}  // namespace fovea::client
